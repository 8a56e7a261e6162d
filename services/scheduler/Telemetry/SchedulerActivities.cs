using System.Diagnostics;

namespace Sluice.Scheduler.Telemetry;

/// <summary>
/// The scheduler's spans, source <c>Sluice.Scheduler</c>. A dispatch round serves many batches and has no trace of its
/// own: what it does for one continues the trace of the request that created that batch.
/// </summary>
internal static class SchedulerActivities
{
    private static readonly ActivitySource Source = new(SchedulerMetrics.MeterName);

    public static Activity? ShardsDispatched(Guid batchId, int shards, string? traceParent)
    {
        var activity = Source.StartActivity("dispatch shards", ActivityKind.Internal, traceParent);
        activity?.SetTag("sluice.batch.id", batchId).SetTag("sluice.shards", shards);
        return activity;
    }

    public static Activity? EndReported(Guid batchId, string? traceParent) =>
        Source.StartActivity("report end", ActivityKind.Internal, traceParent)?.SetTag("sluice.batch.id", batchId);
}
