namespace Sluice.BatchStore.Shards;

/// <summary>Sums over the shards of a batch that are in one state.</summary>
/// <param name="State">The state.</param>
/// <param name="Shards">How many there are.</param>
/// <param name="Retries">How often they were taken again after the first time.</param>
/// <param name="Suspects">How many of them have an owner that does not answer.</param>
/// <param name="LineRetries">Attempts at their lines after the first.</param>
public sealed record ShardStateSum(ShardState State, int Shards, int Retries, int Suspects, int LineRetries);
