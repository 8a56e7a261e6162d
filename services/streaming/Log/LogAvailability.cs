using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;

namespace Sluice.Streaming.Log;

/// <summary>
/// Whether the log takes new responses. Where nothing is being written, the renewals of this instance tell that the
/// database is away before a response has to wait for it. Thread-safe.
/// </summary>
internal sealed class LogAvailability(
    GroupCommitter committer,
    IInstances instances,
    IOptions<LogOptions> log,
    IOptions<InstanceOptions> renewals)
{
    /// <summary>
    /// A commit has waited or failed for <c>Log:StallAfter</c>; or for that long the database has answered neither a
    /// commit nor a renewal that was due.
    /// </summary>
    public bool IsAway => committer.IsStalled || (IsLate(instances.SinceRenewed) && IsLate(committer.SinceCommitted));

    private bool IsLate(TimeSpan? since) => !(since < log.Value.StallAfter + renewals.Value.RenewEvery);
}
