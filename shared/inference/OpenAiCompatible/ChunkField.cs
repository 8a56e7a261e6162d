namespace Sluice.Inference.OpenAiCompatible;

/// <summary>What is done with a member of a provider's answer.</summary>
internal enum ChunkField
{
    /// <summary>Copied as it is.</summary>
    Other,

    /// <summary>Id, object, model and creation time: ours stand in their place.</summary>
    Ours,

    Choices,

    Usage,

    Error,
}
