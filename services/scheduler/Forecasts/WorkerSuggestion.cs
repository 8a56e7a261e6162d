namespace Sluice.Scheduler.Forecasts;

/// <summary>How many workers the backlog needs, for whoever starts and stops them.</summary>
/// <param name="Workers">The suggestion.</param>
/// <param name="Reason"><c>idle</c>, <c>backlog</c> or <c>deadlines</c>: what asks for that many.</param>
/// <param name="LineSeconds">Work that waits and runs: lines by their time.</param>
internal sealed record WorkerSuggestion(int Workers, string Reason, double LineSeconds)
{
    /// <summary>
    /// As many as every deadline needs, with what has an earlier deadline done first, and as many as end all of it
    /// within the drain time. Paused batches need none. Pure.
    /// </summary>
    /// <param name="batches">Batches in progress.</param>
    /// <param name="linesPerWorker">Lines that one worker runs at once, above 0.</param>
    /// <param name="now">The time that deadlines are compared with.</param>
    /// <param name="options">Drain time, headroom and bound.</param>
    public static WorkerSuggestion Of(
        IReadOnlyCollection<ForecastBatch> batches, double linesPerWorker, DateTimeOffset now, ForecastOptions options)
    {
        var active = batches.Where(b => !b.IsPaused && b.Lines > 0).ToList();
        var work = active.Sum(Work);
        if (active.Count == 0)
        {
            return new(0, "idle", 0);
        }

        var forBacklog = work / options.DrainWithin.TotalSeconds;
        var forDeadlines = 0.0;
        var before = 0.0;
        foreach (var batch in active.Where(b => b.Deadline is not null).OrderBy(b => b.Deadline))
        {
            before += Work(batch);
            var left = Math.Max((batch.Deadline!.Value - now).TotalSeconds, batch.SecondsPerLine);
            forDeadlines = Math.Max(forDeadlines, before * (1 + batch.Spread) / left);
        }

        var lines = Math.Max(forBacklog, forDeadlines);
        var workers = Math.Clamp(Math.Ceiling(lines / linesPerWorker), 1, options.MaxSuggestedWorkers);
        return new((int)workers, forDeadlines > forBacklog ? "deadlines" : "backlog", work);
    }

    private static double Work(ForecastBatch batch) => batch.Lines * batch.SecondsPerLine;
}
