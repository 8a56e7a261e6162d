using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Two workers and two schedulers, the first of each with points at which it freezes, each point once.
/// </summary>
public sealed class FrozenCluster : FaultCluster
{
    private static readonly KeyValuePair<string, string> s_scheduler = new(
        // Inside the transaction of a consumer (the saga, or a shard's end), and inside that of a dispatch round.
        "SLUICE_FAULT_POINTS", "inbox.beforeCommit=stop@3;dispatch.beforeCommit=stop@2");

    // With a full page in hand, which it sends when it wakes.
    private static readonly KeyValuePair<string, string> s_worker = new(
        "SLUICE_FAULT_POINTS", "worker.beforeAppend=stop@20");

    // What a frozen consumer holds goes to another one when the broker has missed two heartbeats.
    private static readonly KeyValuePair<string, string> s_heartbeat = new("Messaging__Heartbeat", "00:00:02");

    // What requests wait that meet a frozen scheduler.
    private static readonly KeyValuePair<string, string> s_patience = new(
        "ReverseProxy__Clusters__scheduler__HttpRequest__ActivityTimeout", "00:00:05");

    private protected override Task<TestCluster> StartAsync(Func<ClusterOptions, ClusterOptions> change) =>
        TestCluster.StartSharedAsync(change);

    private protected override IEnumerable<KeyValuePair<string, string>> Settings(ServiceKind kind, int number) =>
        (kind, number) switch
        {
            (ServiceKind.Gateway, _) => [.. base.Settings(kind, number), s_patience],
            (ServiceKind.Scheduler, 1) => [.. base.Settings(kind, number), s_heartbeat, s_scheduler],
            (ServiceKind.BatchWorker, 1) => [.. base.Settings(kind, number), s_heartbeat, s_worker],
            (ServiceKind.Scheduler or ServiceKind.BatchWorker, _) => [.. base.Settings(kind, number), s_heartbeat],
            _ => base.Settings(kind, number),
        };
}
