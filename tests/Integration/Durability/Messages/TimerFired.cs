namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>The timer's message.</summary>
public sealed record TimerFired
{
    public required Guid CorrelationId { get; init; }
}
