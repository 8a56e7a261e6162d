namespace Sluice.LocalCluster.Services;

internal static class ServiceNames
{
    /// <summary>As in pid files, logs and folders: <c>batch-worker</c>.</summary>
    public static string Name(this ServiceKind kind) => kind switch
    {
        ServiceKind.Gateway => "gateway",
        ServiceKind.Streaming => "streaming",
        ServiceKind.Scheduler => "scheduler",
        ServiceKind.BatchWorker => "batch-worker",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a service."),
    };

    /// <summary>As in the <c>env</c> file: <c>BATCH_WORKER_1_INTERNAL_URL</c>.</summary>
    public static string InternalUrlVariable(this ServiceKind kind, int number) =>
        $"{kind.Name().Replace('-', '_').ToUpperInvariant()}_{number}_INTERNAL_URL";
}
