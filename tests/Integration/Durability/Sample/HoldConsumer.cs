using MassTransit;
using Sluice.Tests.Integration.Durability.Messages;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Holds each delivery until its test lets go, deaf to its token.</summary>
internal sealed class HoldConsumer(HeldPoint point) : IConsumer<Hold>
{
    public Task Consume(ConsumeContext<Hold> context) => point.WaitAsync(context.CancellationToken);
}
