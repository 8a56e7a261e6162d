using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Flow;

/// <summary>A provider that is left in peace.</summary>
/// <param name="Provider">Its name.</param>
/// <param name="Cause">
/// <c>provider_down</c>, <c>provider_quota</c>, <c>provider_rate_limited</c>, or <see cref="ShardReturn.Errors"/>.
/// </param>
/// <param name="Rest">How long still.</param>
internal sealed record ProviderPark(string Provider, string Cause, TimeSpan Rest);
