namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>The answer to <see cref="Ask"/>.</summary>
public sealed record Answer
{
    public required string Text { get; init; }
}
