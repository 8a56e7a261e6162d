namespace Sluice.Inference.Options;

/// <summary>How an interrupted answer can be gone on with at a provider.</summary>
public enum Continuation
{
    /// <summary>Not at all: the answer ends with a typed error.</summary>
    None,

    /// <summary>The text so far is sent as an assistant message, which the provider continues.</summary>
    AssistantPrefix,

    /// <summary>The same request gives the same answer: it is run again.</summary>
    Deterministic,
}
