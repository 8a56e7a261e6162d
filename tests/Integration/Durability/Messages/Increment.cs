namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Counts one up.</summary>
public sealed record Increment
{
    public required Guid CorrelationId { get; init; }
}
