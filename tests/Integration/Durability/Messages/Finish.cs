namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Ends a counter: its instance is deleted.</summary>
public sealed record Finish
{
    public required Guid CorrelationId { get; init; }
}
