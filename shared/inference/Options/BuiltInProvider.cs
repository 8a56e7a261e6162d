namespace Sluice.Inference.Options;

/// <summary>The simulated provider that is there without configuration.</summary>
internal static class BuiltInProvider
{
    /// <summary>Name of the provider and of its model.</summary>
    public const string Name = "sluice-sim";

    /// <summary>
    /// The configured providers and the built-in one, with its model added where it is configured too.
    /// </summary>
    public static IReadOnlyDictionary<string, ProviderOptions> AddTo(
        IReadOnlyDictionary<string, ProviderOptions> configured)
    {
        var all = new Dictionary<string, ProviderOptions>(configured, StringComparer.OrdinalIgnoreCase);
        if (!all.TryGetValue(Name, out var own))
        {
            // In-process calls cost no connection: the bound only keeps memory in check.
            own = new ProviderOptions
            {
                Kind = ProviderKind.Simulated,
                Continuation = Continuation.Deterministic,
                MaxConcurrency = 20_000,
            };
            all.Add(Name, own);
        }

        if (own.Kind == ProviderKind.Simulated && !own.Models.Contains(Name, StringComparer.Ordinal))
        {
            own.Models.Add(Name);
        }

        return all;
    }
}
