namespace Sluice.Tests.Integration.Durability;

/// <summary>What a consumer did.</summary>
public sealed class Effect
{
    public long Id { get; set; }

    public Guid Message { get; set; }

    public string Text { get; set; } = "";
}
