using Shouldly;
using Sluice.BatchStore.Measures;
using Sluice.Scheduler.Forecasts;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class LineEstimatesTests
{
    private static readonly ForecastOptions Options = new();

    [Fact]
    public void Without_measures_the_defaults_count_and_the_spread_is_wide()
    {
        var lines = new LineEstimates(new Dictionary<MeasureKey, Measure>(), Options);

        lines.LinesPerWorker.ShouldBe(64);
        var (seconds, spread) = lines.Of(["any"], 100);
        seconds.ShouldBe(1);
        spread.ShouldBeGreaterThan(4);
        lines.Of([], 100).ShouldBe((seconds, spread));
    }

    [Fact]
    public void A_model_has_the_time_that_was_measured_for_it()
    {
        var lines = Measured(("fast", [0.1, 0.1, 0.1]), ("slow", [4, 6]));

        lines.Of(["fast"], 1_000).Seconds.ShouldBe(0.1, 1e-9);
        lines.Of(["slow"], 1_000).Seconds.ShouldBe(5, 1e-9);
        lines.Of(["slow", "fast"], 1_000).Seconds.ShouldBe(2.55, 1e-9);
    }

    [Fact]
    public void A_model_that_was_not_measured_is_taken_for_an_average_one_and_is_less_sure()
    {
        var lines = Measured(("fast", [0.1, 0.1]), ("slow", [0.3, 0.3]));

        var (seconds, spread) = lines.Of(["new"], 1_000);

        seconds.ShouldBe(0.2, 1e-9);
        spread.ShouldBeGreaterThan(lines.Of(["fast"], 1_000).Spread);
    }

    [Fact]
    public void Many_samples_make_sure_but_never_surer_than_the_least_spread()
    {
        var measures = new Dictionary<MeasureKey, Measure>
        {
            [new(MeasureKind.LineTime, "m")] = new(1e6, 1e6, 1.2e6),
            [new(MeasureKind.ParallelLines, "")] = new(1e6, 3.2e7, 1.03e9),
        };

        var lines = new LineEstimates(measures, Options);

        lines.LinesPerWorker.ShouldBe(32);
        lines.Of(["m"], 1e6).Spread.ShouldBe(Options.LeastSpread);
    }

    private static LineEstimates Measured(params (string Model, double[] Seconds)[] models) => new(
        models.ToDictionary(
            m => new MeasureKey(MeasureKind.LineTime, m.Model),
            m => m.Seconds.Aggregate(default(Measure), (sum, second) => sum.Add(second))),
        Options);
}
