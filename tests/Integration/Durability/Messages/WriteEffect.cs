namespace Sluice.Tests.Integration.Durability.Messages;

/// <summary>Sent to an effect consumer: write one effect.</summary>
public sealed record WriteEffect
{
    public required string Text { get; init; }

    /// <summary>Fails this many first tries.</summary>
    public int Failures { get; init; }
}
