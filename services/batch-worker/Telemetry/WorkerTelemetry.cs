using System.Diagnostics;
using System.Diagnostics.Metrics;
using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Telemetry;

/// <summary>
/// Source and meter <c>Sluice.BatchWorker</c>. Calls to providers have their own spans and metrics in
/// <c>Sluice.Inference</c>, as children of the shard's span.
/// </summary>
internal sealed class WorkerTelemetry
{
    public const string SourceName = "Sluice.BatchWorker";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly KeyValuePair<string, object?> Completed = new("outcome", "completed");
    private static readonly KeyValuePair<string, object?> Failed = new("outcome", "failed");
    private static readonly KeyValuePair<string, object?> LineOrigin = new("origin", "line");

    private readonly LineTimes _times;
    private readonly Counter<long> _lines;
    private readonly Counter<long> _retries;
    private readonly Histogram<double> _lineDuration;
    private readonly UpDownCounter<int> _activeCalls;
    private readonly Counter<long> _pages;
    private readonly Counter<long> _refusedPages;
    private readonly Counter<long> _letters;
    private readonly Counter<long> _shards;
    private readonly UpDownCounter<int> _activeShards;

    public WorkerTelemetry(IMeterFactory meters, LineTimes times)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _times = times;
        var meter = meters.Create(SourceName);
        _lines = meter.CreateCounter<long>("sluice.batch.lines", "{line}", "Lines whose result is committed.");
        _retries = meter.CreateCounter<long>("sluice.batch.line.retries", "{attempt}", "Attempts after the first.");
        _lineDuration = meter.CreateHistogram<double>(
            "sluice.batch.line.duration", "s", "From taking a line in hand to its final result, retries included.");
        _activeCalls = meter.CreateUpDownCounter<int>("sluice.batch.lines.active", "{call}", "Calls in flight.");
        _pages = meter.CreateCounter<long>("sluice.batch.pages", "{page}", "Result pages committed.");
        _refusedPages = meter.CreateCounter<long>(
            "sluice.batch.pages.refused", "{page}", "Result pages refused because the shard was taken over or closed.");
        _letters = meter.CreateCounter<long>(
            "sluice.dead_letters", "{letter}", "What failed for good, by origin and cause.");
        _shards = meter.CreateCounter<long>("sluice.batch.shards", "{shard}", "Shards that this worker held, by end.");
        _activeShards = meter.CreateUpDownCounter<int>("sluice.batch.shards.active", "{shard}", "Shards held now.");
    }

    public Activity? ShardStarted(ShardRange range)
    {
        _activeShards.Add(1);
        var activity = Source.StartActivity("run shard");
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("sluice.batch.id", range.Key.BatchId);
            activity.SetTag("sluice.shard.no", range.Key.No);
            activity.SetTag("sluice.shard.lines", range.Lines);
            activity.SetTag("sluice.shard.attempt", range.Attempt);
        }

        return activity;
    }

    public void ShardEnded(Activity? activity, string end)
    {
        _activeShards.Add(-1);
        _shards.Add(1, new KeyValuePair<string, object?>("end", end));
        activity?.SetTag("sluice.shard.end", end);
        activity?.Dispose();
    }

    public void CallStarted()
    {
        _activeCalls.Add(1);
        _times.CallBegins();
    }

    public void CallEnded()
    {
        _activeCalls.Add(-1);
        _times.CallEnds();
    }

    public void CallLimited(ShardLease shard) => _times.Limited(shard);

    public void LineRetried() => _retries.Add(1);

    public void LineStarted() => _times.Begin();

    public void LineEnded() => _times.End();

    /// <summary>A line has its final answer.</summary>
    /// <param name="elapsed">Since it was taken in hand.</param>
    /// <param name="model">Whose time that is; null when it tells nothing about a model.</param>
    public void LineAnswered(TimeSpan elapsed, string? model)
    {
        _lineDuration.Record(elapsed.TotalSeconds);
        if (model is not null)
        {
            _times.Answered(model, elapsed);
        }
    }

    public void PageCommitted(int completed, int failed)
    {
        _pages.Add(1);
        if (completed > 0)
        {
            _lines.Add(completed, Completed);
        }

        if (failed > 0)
        {
            _lines.Add(failed, Failed);
        }
    }

    public void LettersWritten(IEnumerable<string> causes)
    {
        foreach (var cause in causes.CountBy(cause => cause))
        {
            _letters.Add(cause.Value, LineOrigin, new KeyValuePair<string, object?>("cause", cause.Key));
        }
    }

    public void PageRefused() => _refusedPages.Add(1);
}
