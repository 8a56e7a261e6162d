namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>One of several parts that complete a counter in any order.</summary>
public sealed record Part
{
    public required Guid CorrelationId { get; init; }

    public required int No { get; init; }
}
