namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// Foretells when batches end, and which of them would miss their deadline. At risk is what would miss it without being
/// raised, so that raising it does not make it look safe; and what would miss it because others are raised. Pure.
/// </summary>
/// <param name="parallelLines">Lines that all workers run at once, above 0.</param>
/// <param name="weight">Weight of a tenant, at least 1.</param>
/// <param name="errors">What became of earlier forecasts.</param>
internal sealed class Forecaster(double parallelLines, Func<string, int> weight, ForecastErrors errors)
{
    // Raising some may put others at risk, which raises them too; rarely more than once.
    private const int MaxPasses = 4;

    private readonly FluidOrder _order = new(parallelLines, weight);

    /// <summary>
    /// One forecast for each batch. A paused one is foretold as if it were resumed now: its deadline does not wait, and
    /// that nothing can be dispatched of it is no reason not to say so. It is never raised, and delays nobody.
    /// </summary>
    public IReadOnlyList<Forecast> Of(IReadOnlyCollection<ForecastBatch> batches, DateTimeOffset now)
    {
        var active = batches.Where(b => !b.IsPaused).ToList();
        var atRisk = new HashSet<Guid>();
        var raised = new HashSet<Guid>();
        var ends = _order.Ends(active, raised);
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var late = active.Where(b => Misses(b, ends[b.BatchId], now)).ToList();
            atRisk.UnionWith(late.Select(b => b.BatchId));
            var before = raised.Count;
            raised.UnionWith(late.Where(b => CanBeSaved(b, now)).Select(b => b.BatchId));
            if (raised.Count == before)
            {
                break;
            }

            ends = _order.Ends(active, raised);
        }

        var resumed = active.Count < batches.Count ? _order.Ends(batches, raised) : ends;
        return [.. batches.Select(b => b.IsPaused
            ? Of(b, resumed[b.BatchId], now) with { IsAtRisk = Misses(b, resumed[b.BatchId], now) }
            : Of(b, ends[b.BatchId], now) with
            {
                IsAtRisk = atRisk.Contains(b.BatchId),
                IsRaised = raised.Contains(b.BatchId),
            })];
    }

    private Forecast Of(ForecastBatch batch, double end, DateTimeOffset now)
    {
        var key = ErrorKey.Of(batch.Priority.Class, end);
        var range = errors.Of(key, batch.Spread);
        return new(batch.BatchId, key, end)
        {
            Deadline = batch.Deadline,
            IsPaused = batch.IsPaused,
            Lines = batch.Lines,
            Earliest = After(now, end * range.Low),
            Expected = After(now, end * range.Middle),
            Latest = After(now, end * range.High),
        };
    }

    /// <summary>The latest end counts: a deadline is to be met, not to be met on average.</summary>
    private bool Misses(ForecastBatch batch, double end, DateTimeOffset now) =>
        batch.Deadline is { } deadline && Of(batch, end, now).Latest > deadline;

    /// <summary>Whether it could meet its deadline if it had all workers for itself, and luck.</summary>
    private bool CanBeSaved(ForecastBatch batch, DateTimeOffset now)
    {
        var alone = Math.Max(batch.Lines * batch.SecondsPerLine / parallelLines, batch.SecondsPerLine);
        return After(now, alone / (1 + batch.Spread)) <= batch.Deadline;
    }

    /// <summary>Bounded: an estimate of centuries says no more than one of years.</summary>
    private static DateTimeOffset After(DateTimeOffset now, double seconds) =>
        now.AddSeconds(Math.Min(seconds, TimeSpan.FromDays(3650).TotalSeconds));
}
