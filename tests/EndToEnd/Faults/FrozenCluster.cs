using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Two workers and two schedulers, the first of each with points at which it freezes, each point once. In a soak there
/// are more of them, and the seed says when each comes.
/// </summary>
public sealed class FrozenCluster : FaultCluster
{
    private static readonly Random s_random = FaultSettings.Seeded(nameof(FrozenCluster));

    private static readonly string[] s_schedulerPoints =
    [
        // Inside the transaction of a consumer (the saga, or a shard's end), and inside that of a dispatch round.
        $"inbox.beforeCommit=stop@{Hit(3, 8)}",
        $"dispatch.beforeCommit=stop@{Hit(2, 12)}",

        // Inside that of a validation or a finalization.
        .. FaultSettings.Soak ? [$"scheduler.beforeCommit=stop@{Hit(1, 6)}"] : Array.Empty<string>(),
    ];

    // With a full page in hand, which it sends when it wakes. An append is one statement: there is no inside.
    private static readonly int s_append = Hit(20, 40);

    private static readonly string[] s_workerPoints =
    [
        $"worker.beforeAppend=stop@{s_append}",

        // With a page committed that it does not know of yet.
        .. FaultSettings.Soak ? [$"worker.afterAppend=stop@{s_append + Hit(1, 40)}"] : Array.Empty<string>(),
    ];

    // What a frozen consumer holds goes to another one when the broker has missed two heartbeats.
    private static readonly KeyValuePair<string, string> s_heartbeat = new("Messaging__Heartbeat", "00:00:02");

    // What requests wait that meet a frozen scheduler.
    private static readonly KeyValuePair<string, string> s_patience = new(
        "ReverseProxy__Clusters__scheduler__HttpRequest__ActivityTimeout", "00:00:05");

    /// <summary>Over both processes.</summary>
    public static int Points => s_schedulerPoints.Length + s_workerPoints.Length;

    private protected override Task<TestCluster> StartAsync(Func<ClusterOptions, ClusterOptions> change) =>
        TestCluster.StartSharedAsync(change);

    private protected override IEnumerable<KeyValuePair<string, string>> Settings(ServiceKind kind, int number) =>
        (kind, number) switch
        {
            (ServiceKind.Gateway, _) => [.. base.Settings(kind, number), s_patience],
            (ServiceKind.Scheduler, 1) => [.. base.Settings(kind, number), s_heartbeat, Faults(s_schedulerPoints)],
            (ServiceKind.BatchWorker, 1) => [.. base.Settings(kind, number), s_heartbeat, Faults(s_workerPoints)],
            (ServiceKind.Scheduler or ServiceKind.BatchWorker, _) => [.. base.Settings(kind, number), s_heartbeat],
            _ => base.Settings(kind, number),
        };

    private static KeyValuePair<string, string> Faults(string[] points) =>
        new("SLUICE_FAULT_POINTS", string.Join(';', points));

    private static int Hit(int usual, int most) => FaultSettings.Soak ? s_random.Next(1, most + 1) : usual;
}
