namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Starts the counter's timer.</summary>
public sealed record StartTimer
{
    public required Guid CorrelationId { get; init; }

    public required TimeSpan Delay { get; init; }
}
