namespace Sluice.Durability.Messaging;

/// <summary>Kind of the work queues.</summary>
public enum QueueType
{
    /// <summary>Replicated log; survives the loss of a broker node.</summary>
    Quorum,

    /// <summary>Single-node queue; about twice as fast, for development and benches.</summary>
    Classic,
}
