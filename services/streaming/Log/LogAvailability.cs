using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;

namespace Sluice.Streaming.Log;

/// <summary>
/// Whether the log takes new responses. Where nothing is being written, the renewals of this instance tell that the
/// database is away before a response has to wait for it. Thread-safe.
/// </summary>
internal sealed class LogAvailability(GroupCommitter committer, IInstances instances, IOptions<LogOptions> options)
{
    /// <summary>
    /// A commit has waited or failed for <c>Log:StallAfter</c>; or a renewal has, and nothing was committed meanwhile:
    /// it may also wait for a row. What this process did not ask, as it slept, says nothing about the database.
    /// </summary>
    public bool IsAway => committer.IsStalled
        || (instances.Unanswered >= options.Value.StallAfter
            && !(committer.SinceCommitted < options.Value.StallAfter));
}
