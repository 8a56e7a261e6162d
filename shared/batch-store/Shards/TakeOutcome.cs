namespace Sluice.BatchStore.Shards;

/// <summary>What became of the attempt to take a shard.</summary>
public enum TakeOutcome
{
    /// <summary>It is ours and running.</summary>
    Taken,

    /// <summary>Done, closed, or dispatched again with a later epoch: the message is of no use any more.</summary>
    Stale,

    /// <summary>Its batch is paused: it is ready again, and dispatched when the batch is resumed.</summary>
    Paused,

    /// <summary>
    /// Another instance runs it at this epoch. It is marked suspect now; its owner clears that if it lives.
    /// </summary>
    Suspected,

    /// <summary>This very instance runs it at this epoch already: the broker delivered the message again.</summary>
    AlreadyOurs,

    /// <summary>Our instance is fenced: nothing was written, try again as the new incarnation.</summary>
    Fenced,
}
