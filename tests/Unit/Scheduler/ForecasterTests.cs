using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Forecasts;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class ForecasterTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly Forecaster _forecaster = new(
        parallelLines: 10, tenant => tenant == "heavy" ? 3 : 1, new(new Dictionary<ErrorKey, double[]>()));

    [Fact]
    public void A_batch_alone_has_all_workers() =>
        Seconds(Batch('A', lines: 1_000)).ShouldBe([100]);

    [Fact]
    public void The_last_line_takes_its_time_however_many_run_at_once() =>
        Seconds(Batch('A', lines: 2) with { SecondsPerLine = 5 }).ShouldBe([5]);

    [Fact]
    public void Batches_of_a_tenant_share_until_one_has_ended() =>
        Seconds(Batch('A', lines: 1_000), Batch('B', lines: 500)).ShouldBe([150, 100]);

    [Fact]
    public void Tenants_share_by_weight_whatever_the_number_of_their_batches() =>
        Seconds(
            Batch('A', lines: 300, tenant: "heavy"),
            Batch('B', lines: 300, tenant: "heavy"),
            Batch('C', lines: 200)).ShouldBe([80, 80, 80]);

    [Fact]
    public void Shares_are_counted_in_lines_and_slow_lines_take_more_of_the_workers() =>
        Seconds(Batch('A', lines: 100) with { SecondsPerLine = 3 }, Batch('B', lines: 100, tenant: "other"))
            .ShouldBe([40, 40]);

    [Fact]
    public void Classes_go_one_after_the_other_and_so_do_a_tenant_s_numbers() =>
        Seconds(
            Batch('N', lines: 100),
            Batch('L', lines: 100, priority: 35),
            Batch('C', lines: 100, priority: 5),
            Batch('M', lines: 100, priority: 20)).ShouldBe([30, 40, 10, 20]);

    [Fact]
    public void A_batch_that_would_miss_its_deadline_is_raised_and_then_meets_it()
    {
        var forecasts = Of(Batch('A', lines: 1_000), Due(Batch('B', lines: 500), 60));

        forecasts[1].IsAtRisk.ShouldBeTrue();
        forecasts[1].IsRaised.ShouldBeTrue();
        forecasts[1].Expected.ShouldBe(Now.AddSeconds(50));
        forecasts[0].IsAtRisk.ShouldBeFalse();
        forecasts[0].Expected.ShouldBe(Now.AddSeconds(150));
    }

    [Fact]
    public void The_end_of_the_range_decides_whether_a_deadline_is_at_risk()
    {
        Of(Due(Batch('A', lines: 1_000), 119))[0].IsAtRisk.ShouldBeFalse();
        var unsure = Of(Due(Batch('A', lines: 1_000) with { Spread = 0.2 }, 119))[0];

        unsure.IsAtRisk.ShouldBeTrue();
        unsure.Latest.ShouldBe(Now.AddSeconds(120));
        unsure.Earliest.ShouldBe(Now.AddSeconds(100 / 1.2));
    }

    [Fact]
    public void What_others_are_raised_before_is_looked_at_again()
    {
        var forecasts = Of(Due(Batch('A', lines: 500), 110), Due(Batch('B', lines: 500), 60), Batch('C', lines: 500));

        forecasts.Select(f => f.IsRaised).ShouldBe([true, true, false]);
        forecasts.Select(f => (f.Expected - Now).TotalSeconds).ShouldBe([100, 50, 150]);
    }

    [Fact]
    public void What_cannot_be_saved_is_flagged_but_takes_nobody_along()
    {
        var forecasts = Of(Due(Batch('A', lines: 10_000), 60), Due(Batch('B', lines: 500), 60));

        forecasts[0].IsAtRisk.ShouldBeTrue();
        forecasts[0].IsRaised.ShouldBeFalse();
        forecasts[1].IsRaised.ShouldBeTrue();
        forecasts[1].Expected.ShouldBe(Now.AddSeconds(50));
    }

    [Fact]
    public void What_became_of_earlier_forecasts_makes_the_range_and_the_flag()
    {
        double[]? late = null;
        foreach (var factor in Enumerable.Range(0, 100).Select(n => n < 50 ? 1.5 : n < 85 ? 2 : 4))
        {
            late = ErrorHistogram.Add(late, factor);
        }

        var learnt = new Forecaster(
            10, _ => 1, new(new Dictionary<ErrorKey, double[]> { [new(ShardClass.Normal, 1)] = late! }));

        var forecasts = learnt.Of(
            [Due(Batch('A', lines: 1_000), 300), Due(Batch('B', lines: 10, priority: 5), 9)], Now);

        (forecasts[0].Earliest - Now).TotalSeconds.ShouldBeInRange(101 * 1.4, 101 * 1.6);
        (forecasts[0].Expected - Now).TotalSeconds.ShouldBeInRange(101 * 1.5, 101 * 2.2);
        (forecasts[0].Latest - Now).TotalSeconds.ShouldBeInRange(101 * 3.8, 101 * 4.4);
        forecasts[0].IsAtRisk.ShouldBeTrue();
        forecasts[1].IsAtRisk.ShouldBeFalse("of its class nothing is known, and of all it is four times as long");
    }

    [Fact]
    public void A_paused_batch_is_foretold_as_if_it_were_resumed_and_is_never_raised_nor_in_the_way()
    {
        var forecasts = Of(
            Due(Batch('A', lines: 500), 90) with { IsPaused = true },
            Due(Batch('B', lines: 500), 110) with { IsPaused = true },
            Due(Batch('C', lines: 500), 60));

        forecasts.Select(f => (f.Expected - Now).TotalSeconds).ShouldBe([150, 150, 50]);
        forecasts.Select(f => f.IsAtRisk).ShouldBe([true, true, false]);
        forecasts.ShouldAllBe(f => !f.IsRaised);
        Of(Due(Batch('A', lines: 500), 60) with { IsPaused = true })[0].IsAtRisk.ShouldBeFalse();
        Of(Batch('A', lines: 500) with { IsPaused = true })[0].Expected.ShouldBe(Now.AddSeconds(50));
    }

    [Fact]
    public void The_outlook_of_a_class_is_its_last_end_and_its_least_slack()
    {
        var outlooks = ClassOutlook.Of(
            Of(
                Due(Batch('A', lines: 100), 300) with { Spread = 1 },
                Due(Batch('B', lines: 500), 110),
                Batch('H', lines: 300, priority: 15) with { IsPaused = true },
                Batch('L', lines: 200, priority: 35)),
            Now);

        // A and B share until A ends after 20 s, of which the range makes 40; H would go before all.
        outlooks.ShouldBe(
        [
            new(ShardClass.High, null, null),
            new(ShardClass.Normal, 60, 50),
            new(ShardClass.Low, 80, null),
        ]);
        ClassOutlook.Of(Of(Due(Batch('A', lines: 1_000), 60)), Now).Single().SlackSeconds.ShouldBe(-40);
        ClassOutlook.Of([], Now).ShouldBeEmpty();
    }

    [Fact]
    public void A_batch_without_lines_ends_now_and_one_of_centuries_is_bounded()
    {
        var forecasts = Of(Batch('A', lines: 0), Batch('B', lines: 1e15));

        forecasts[0].Expected.ShouldBe(Now);
        forecasts[1].Latest.ShouldBe(Now.AddDays(3650));
    }

    private static ForecastBatch Batch(char id, double lines, int priority = 25, string tenant = "acme") => new()
    {
        BatchId = new(id, 0, 0, new byte[8]),
        Tenant = tenant,
        Priority = new(priority),
        CreatedAt = Now,
        Lines = lines,
        SecondsPerLine = 1,
    };

    private static ForecastBatch Due(ForecastBatch batch, int seconds) =>
        batch with { Deadline = Now.AddSeconds(seconds) };

    private IReadOnlyList<Forecast> Of(params ForecastBatch[] batches) => _forecaster.Of(batches, Now);

    private IEnumerable<double> Seconds(params ForecastBatch[] batches) =>
        Of(batches).Select(f => Math.Round((f.Expected - Now).TotalSeconds, 3));
}
