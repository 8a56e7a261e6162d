namespace Sluice.BatchStore.Shards;

/// <summary>Sums over the shards of one batch, exact as of the last committed page.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Shards">All its shards.</param>
/// <param name="Open">Those that are ready, dispatched or running.</param>
/// <param name="Lines">Requests in the batch.</param>
/// <param name="Completed">Lines in the output file.</param>
/// <param name="Failed">Lines in the error file.</param>
/// <param name="PromptTokens">Tokens that the providers counted as input.</param>
/// <param name="CompletionTokens">Tokens that the providers counted as output.</param>
public sealed record ShardTotals(
    Guid BatchId, int Shards, int Open, long Lines, long Completed, long Failed, long PromptTokens,
    long CompletionTokens);
