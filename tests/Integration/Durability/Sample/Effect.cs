namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>What a consumer did.</summary>
internal sealed class Effect
{
    public long Id { get; set; }

    public Guid Message { get; set; }

    public string Text { get; set; } = "";
}
