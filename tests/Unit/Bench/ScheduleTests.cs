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
        ours.Count(b => b.Forecast is not null).ShouldBeGreaterThan(40);
    }

    [Fact]
    public void The_same_seed_makes_the_same_world() =>
        ScheduleBench.Simulate(Settings, byAge: false).Select(b => b.EndedAt)
            .ShouldBe(ScheduleBench.Simulate(Settings, byAge: false).Select(b => b.EndedAt));
}
