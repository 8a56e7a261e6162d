using Shouldly;
using Sluice.Bench.Schedule;
using Xunit;

namespace Sluice.Tests.Unit.Bench;

public sealed class ScheduleTests
{
    private static readonly ScheduleSettings Settings = new(80, TimeSpan.FromHours(12), Seed: 3);

    [Fact]
    public void A_day_of_batches_meets_more_deadlines_than_by_age_and_foretells_their_ends()
    {
        var fifo = ScheduleBench.Simulate(Settings, byAge: true);
        var ours = ScheduleBench.Simulate(Settings, byAge: false);

        ours.Count.ShouldBe(80);
        ours.ShouldAllBe(b => b.Outstanding == 0 && b.Ready == 0);
        ours.Select(b => b.Id).ShouldBe(fifo.Select(b => b.Id));
        ScheduleBench.Met(ours).ShouldBeGreaterThan(ScheduleBench.Met(fifo));
        ours.Count(b => b.Forecasts.Count > 0).ShouldBeGreaterThan(40);
    }

    [Fact]
    public void Ranges_hold_about_what_they_say_and_misses_are_foretold()
    {
        var report = new ForecastReport(ScheduleBench.Simulate(
            new(400, TimeSpan.FromDays(1.2), Seed: 1), byAge: false));

        report.FirstWithin.ShouldBeInRange(0.65, 0.92);
        report.AllWithin.ShouldBeInRange(0.55, 0.95);
        report.FlaggedBefore.ShouldBeGreaterThan(0.9);
        report.FlaggedInVain.ShouldBeLessThan(0.4);
    }

    [Fact]
    public void The_same_seed_makes_the_same_world() =>
        ScheduleBench.Simulate(Settings, byAge: false).Select(b => b.EndedAt)
            .ShouldBe(ScheduleBench.Simulate(Settings, byAge: false).Select(b => b.EndedAt));
}
