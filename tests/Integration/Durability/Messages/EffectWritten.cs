namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Published by an effect consumer with its effect.</summary>
public sealed record EffectWritten
{
    public required string Text { get; init; }
}
