namespace Sluice.Inference.Responses;

/// <summary>What a part of an item holds; all are texts that grow.</summary>
internal enum PartKind
{
    Text,
    Refusal,
    Reasoning,

    /// <summary>The only part of a function call, and no content part to the reader.</summary>
    Arguments,
}
