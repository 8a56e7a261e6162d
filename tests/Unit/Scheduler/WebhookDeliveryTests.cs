using Shouldly;
using Sluice.Scheduler.Webhooks;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class WebhookDeliveryTests
{
    [Fact]
    public void Pauses_grow_to_their_bound_and_leave_a_tenth_to_chance()
    {
        var options = new WebhookOptions();

        var pauses = Enumerable.Range(1, 50).Select(n => WebhookDelivery.Pause(options, n, 0)).ToList();

        pauses[..4].ShouldBe([
            TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(80), TimeSpan.FromSeconds(320)]);
        pauses.ShouldBe(pauses.Order());
        pauses[^1].ShouldBe(TimeSpan.FromHours(6));
        WebhookDelivery.Pause(options, 1, 1).ShouldBe(TimeSpan.FromSeconds(4.5));
    }
}
