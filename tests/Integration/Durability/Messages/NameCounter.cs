namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Names a counter.</summary>
public sealed record NameCounter
{
    public required Guid CorrelationId { get; init; }

    public required string Name { get; init; }
}
