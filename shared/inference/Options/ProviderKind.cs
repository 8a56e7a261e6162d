namespace Sluice.Inference.Options;

/// <summary>What speaks behind a provider.</summary>
public enum ProviderKind
{
    /// <summary>An OpenAI-compatible HTTP server.</summary>
    OpenAI,

    /// <summary>The built-in simulated model, in this process.</summary>
    Simulated,
}
