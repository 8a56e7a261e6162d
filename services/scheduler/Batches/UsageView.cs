namespace Sluice.Scheduler.Batches;

/// <summary><c>usage</c> of a batch, as the providers counted it.</summary>
internal sealed record UsageView(long InputTokens, long OutputTokens)
{
    public TokenDetailsView InputTokensDetails { get; } = new() { CachedTokens = 0 };

    public TokenDetailsView OutputTokensDetails { get; } = new() { ReasoningTokens = 0 };

    public long TotalTokens => InputTokens + OutputTokens;
}
