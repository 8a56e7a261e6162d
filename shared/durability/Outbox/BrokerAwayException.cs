namespace Sluice.Durability.Outbox;

/// <summary>
/// The broker confirmed nothing of a batch and refused nothing of it: it is away, and the rows are not to blame.
/// </summary>
internal sealed class BrokerAwayException(string message, Exception? inner) : Exception(message, inner);
