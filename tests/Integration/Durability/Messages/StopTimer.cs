namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Stops it.</summary>
public sealed record StopTimer
{
    public required Guid CorrelationId { get; init; }
}
