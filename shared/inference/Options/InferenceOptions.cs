namespace Sluice.Inference.Options;

/// <summary>Configuration section <c>Inference</c>: the model providers.</summary>
public sealed class InferenceOptions
{
    public const string Section = "Inference";

    /// <summary>
    /// Providers by name (1 to 64 letters, digits, <c>-</c>, <c>_</c>); default none. The built-in provider
    /// <c>sluice-sim</c> is always there; an entry of that name, of kind <c>Simulated</c>, changes its limits or gives
    /// it further models.
    /// </summary>
    public Dictionary<string, ProviderOptions> Providers { get; init; } = new(StringComparer.OrdinalIgnoreCase);
}
