namespace Sluice.BatchWorker.Results;

/// <summary>How the writing of a shard's pages ended.</summary>
internal enum PageEnd
{
    /// <summary>The last page is committed and the shard is done.</summary>
    Done,

    /// <summary>Everything finished is committed, but lines are left: hand the shard back.</summary>
    Unfinished,

    /// <summary>A page was refused, or given up: the shard is not ours any more.</summary>
    Lost,
}
