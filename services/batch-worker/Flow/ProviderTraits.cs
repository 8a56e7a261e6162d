namespace Sluice.BatchWorker.Flow;

/// <summary>What the flow to a provider has to know of it.</summary>
/// <param name="Name">Its name, or those of all that serve a model.</param>
/// <param name="MaxConcurrency">Upper bound of calls open at one time.</param>
/// <param name="IsSpared">
/// Failures in a row mean that it is down. Not so for one without a circuit, which fails as its requests say.
/// </param>
internal sealed record ProviderTraits(string Name, int MaxConcurrency, bool IsSpared);
