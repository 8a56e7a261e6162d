namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>A request: write one effect, then answer.</summary>
public sealed record Ask
{
    public required string Text { get; init; }
}
