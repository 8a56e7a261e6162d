using System.Diagnostics.Metrics;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Telemetry;

/// <summary>The streaming service's instruments, meter <c>Sluice.Streaming</c>. Thread-safe.</summary>
internal static class StreamingMetrics
{
    private static readonly Meter Meter = new("Sluice.Streaming");

    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>(
        "sluice.log.commit.duration", "s", "Time of a group commit.");

    private static readonly Counter<long> Events = Meter.CreateCounter<long>(
        "sluice.log.events", "{event}", "Events written to the log.");

    private static readonly UpDownCounter<long> Active = Meter.CreateUpDownCounter<long>(
        "sluice.responses.active", "{response}", "Responses that are being generated.");

    private static readonly UpDownCounter<long> Readers = Meter.CreateUpDownCounter<long>(
        "sluice.readers.active", "{reader}", "Readers of streamed responses.");

    private static readonly UpDownCounter<long> Frames = Meter.CreateUpDownCounter<long>(
        "sluice.log.window.memory", "By", "Native memory with the newest frames of running responses.");

    private static readonly UpDownCounter<long> Sockets = Meter.CreateUpDownCounter<long>(
        "sluice.sockets.active", "{socket}", "Open WebSockets.");

    private static readonly Counter<long> Ended = Meter.CreateCounter<long>(
        "sluice.responses.ended", "{response}", "Responses that ended, by state.");

    private static readonly Counter<long> TakenOver = Meter.CreateCounter<long>(
        "sluice.responses.taken_over", "{response}", "Responses taken over from other instances, by outcome.");

    private static readonly Counter<long> Repeated = Meter.CreateCounter<long>(
        "sluice.responses.repeated_tokens", "{token}", "Tokens that providers were asked for again after a takeover.");

    private static readonly UpDownCounter<long> Waiting = Meter.CreateUpDownCounter<long>(
        "sluice.admission.waiting", "{request}", "Requests that wait for a place among the running responses.");

    private static readonly Histogram<double> Wait = Meter.CreateHistogram<double>(
        "sluice.admission.wait", "s", "Time in the queue of requests that had to wait, by outcome.");

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "sluice.admission.refused", "{request}", "Requests that got no place, by reason.");

    public static void QueueJoined() => Waiting.Add(1);

    public static void QueueLeft(AdmissionOutcome outcome, TimeSpan elapsed)
    {
        Waiting.Add(-1);
        Wait.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("outcome", Text(outcome)));
    }

    /// <summary>A request has asked for a place; only refusals count.</summary>
    public static void Asked(AdmissionOutcome outcome)
    {
        if (outcome != AdmissionOutcome.Admitted)
        {
            Refused.Add(1, new KeyValuePair<string, object?>("reason", Text(outcome)));
        }
    }

    public static void Committed(IReadOnlyList<LogBatch> group, TimeSpan elapsed)
    {
        CommitDuration.Record(elapsed.TotalSeconds);
        Events.Add(group.Sum(batch => (long)batch.Count));
    }

    public static void ResponseStarted() => Active.Add(1);

    public static void ResponseEnded(string state)
    {
        Active.Add(-1);
        Ended.Add(1, new KeyValuePair<string, object?>("state", state));
    }

    public static void ReaderJoined() => Readers.Add(1);

    public static void ReaderLeft() => Readers.Add(-1);

    public static void FramesHeld(int bytes) => Frames.Add(bytes);

    public static void SocketOpened() => Sockets.Add(1);

    public static void SocketClosed() => Sockets.Add(-1);

    public static void ResponsesTakenOver(TakeoverCount count)
    {
        TakenOver.Add(count.Continued, new KeyValuePair<string, object?>("outcome", "continued"));
        TakenOver.Add(count.Ended, new KeyValuePair<string, object?>("outcome", "ended"));
    }

    public static void TokensRepeated(long count) => Repeated.Add(count);

    private static string Text(AdmissionOutcome outcome) => outcome switch
    {
        AdmissionOutcome.Admitted => "admitted",
        AdmissionOutcome.Full => "full",
        AdmissionOutcome.TimedOut => "timed_out",
        AdmissionOutcome.Draining => "draining",
        _ => "left",
    };
}
