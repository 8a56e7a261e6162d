using Shouldly;
using Sluice.LocalCluster.Processes;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class RestartPolicyTests
{
    private static readonly TimeSpan s_short = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_process_that_lived_five_seconds_is_started_again_at_once() =>
        new RestartPolicy().DelayAfter(TimeSpan.FromSeconds(5)).ShouldBe(TimeSpan.Zero);

    [Fact]
    public void Short_lives_wait_longer_each_time_and_five_seconds_at_most()
    {
        var policy = new RestartPolicy();

        var delays = Enumerable.Range(0, 40).Select(_ => policy.DelayAfter(s_short)).ToList();

        delays[0].ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(1));
        delays.ShouldBeInOrder();
        delays[^1].ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_long_life_forgets_the_short_ones()
    {
        var policy = new RestartPolicy();
        var first = policy.DelayAfter(s_short);
        policy.DelayAfter(s_short);

        policy.DelayAfter(TimeSpan.FromMinutes(1));

        policy.DelayAfter(s_short).ShouldBe(first);
    }
}
