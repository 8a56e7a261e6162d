namespace Sluice.Scheduler.Watching;

/// <summary>Why some shards of a batch do not get on.</summary>
/// <param name="Cause">Stable name.</param>
/// <param name="Shards">How many.</param>
internal sealed record ShardCause(string Cause, int Shards)
{
    /// <summary>The worker that holds it is asked whether it lives.</summary>
    public const string OwnerSilent = "owner_silent";
}
