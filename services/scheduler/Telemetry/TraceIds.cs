using System.Diagnostics;

namespace Sluice.Scheduler.Telemetry;

/// <summary>Trace ids as dead letters name them: 32 hex digits.</summary>
internal static class TraceIds
{
    /// <summary>The trace of a W3C traceparent; null when it is none.</summary>
    public static string? OfParent(string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, out var context) ? context.TraceId.ToHexString() : null;
}
