namespace Sluice.Durability.Outbox;

/// <summary>What one save does to the outbox.</summary>
/// <param name="Rows">Messages to store.</param>
/// <param name="Cancelled">Schedule ids of stored messages to take back.</param>
internal sealed record OutboxWork(IReadOnlyList<OutboxRow> Rows, IReadOnlyList<Guid> Cancelled);
