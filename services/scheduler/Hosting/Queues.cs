using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Hosting;

/// <summary>
/// Queues of the batches' messages. Commands are sent to the exchange of that name, so that the broker returns one
/// whose queue does not exist yet and the outbox tries again; events are published. The queues of shards are those of
/// <see cref="ShardClasses"/>, consumed by the batch workers.
/// </summary>
internal static class Queues
{
    public const string Saga = "batch-saga";
    public const string Validation = "batch-validation";
    public const string Finalization = "batch-finalization";
    public const string BatchEvents = "batch-events";
    public const string Webhooks = "webhook-deliveries";
    public const string DispatchSignals = "dispatch-signals";

    /// <summary>
    /// All of them: what fails there for good becomes a dead letter. A test compares them with the broker's.
    /// </summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Saga, Validation, Finalization, BatchEvents, Webhooks, DispatchSignals,
        .. ShardClasses.All.Select(shardClass => shardClass.Queue()),
    ];

    public static Uri Address(string queue) => new("exchange:" + queue);
}
