namespace Sluice.BatchStore.Shards;

/// <summary>Answer of <see cref="ShardLeases.TakeAsync"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Range">What to run; set when the shard was taken.</param>
public readonly record struct TakeResult(TakeOutcome Outcome, ShardRange? Range);
