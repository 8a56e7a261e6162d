namespace Sluice.Inference.Embeddings;

/// <summary>What <see cref="EmbeddingRequestReader"/> collects while it walks over a body.</summary>
internal sealed class EmbeddingFields
{
    public string? Model { get; set; }

    public Range Input { get; set; } = 0..0;

    /// <summary>0 without input.</summary>
    public int Count { get; set; }

    public int? Dimensions { get; set; }

    public bool IsBase64 { get; set; }
}
