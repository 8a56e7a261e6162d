namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Counts one up; the instance is inserted before it is loaded.</summary>
public sealed record OpenCounter
{
    public required Guid CorrelationId { get; init; }
}
