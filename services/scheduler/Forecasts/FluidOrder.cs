using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// When batches end if all workers together run so many lines at once and dispatch them in the order of <see
/// cref="Dispatch.DispatchOrder"/>, with lines as fine as a fluid: classes one after the other; in a class first those
/// that are raised, by deadline; then tenants by weight, and a tenant's batches of the lowest number alike. Pure.
/// </summary>
/// <param name="parallelLines">Lines at once, above 0.</param>
/// <param name="weight">Weight of a tenant, at least 1.</param>
internal sealed class FluidOrder(double parallelLines, Func<string, int> weight)
{
    private const double Nothing = 1e-9;

    /// <returns>Seconds from now to the end of each batch that is not paused.</returns>
    public IReadOnlyDictionary<Guid, double> Ends(
        IReadOnlyCollection<ForecastBatch> batches, IReadOnlySet<Guid> raised)
    {
        var ends = new Dictionary<Guid, double>();
        var clock = 0.0;
        var byClass = batches.Where(b => !b.IsPaused).ToLookup(b => b.Priority.Class);
        foreach (var waiting in ShardClasses.All.Select(c => byClass[c]))
        {
            foreach (var batch in waiting.Where(b => raised.Contains(b.BatchId)).OrderBy(b => b.Deadline))
            {
                clock += batch.Lines * batch.SecondsPerLine / parallelLines;
                End(ends, batch, clock);
            }

            clock = Share([.. waiting.Where(b => !raised.Contains(b.BatchId))], clock, ends);
        }

        return ends;
    }

    /// <summary>Serves these batches until all have ended; returns when that is.</summary>
    private double Share(IReadOnlyList<ForecastBatch> batches, double clock, Dictionary<Guid, double> ends)
    {
        var left = batches.ToDictionary(b => b.BatchId, b => b.Lines);
        while (left.Count > 0)
        {
            var shares = Shares(batches.Where(b => left.ContainsKey(b.BatchId)));
            var rate = parallelLines / shares.Sum(s => s.Share * s.Batch.SecondsPerLine);
            var step = shares.Min(s => left[s.Batch.BatchId] / (s.Share * rate));
            clock += step;
            foreach (var (batch, share) in shares)
            {
                left[batch.BatchId] -= share * rate * step;
                if (left[batch.BatchId] <= Nothing * Math.Max(batch.Lines, 1))
                {
                    left.Remove(batch.BatchId);
                    End(ends, batch, clock);
                }
            }
        }

        return clock;
    }

    /// <summary>Parts of the lines that each batch gets now; others wait for those of a lower number.</summary>
    private List<(ForecastBatch Batch, double Share)> Shares(IEnumerable<ForecastBatch> batches)
    {
        var shares = new List<(ForecastBatch, double)>();
        foreach (var tenant in batches.GroupBy(b => b.Tenant, StringComparer.Ordinal))
        {
            var first = tenant.Min(b => b.Priority.Number);
            var served = tenant.Where(b => b.Priority.Number == first).ToList();
            shares.AddRange(served.Select(b => (b, (double)weight(tenant.Key) / served.Count)));
        }

        return shares;
    }

    /// <summary>However many run at once, the last line takes its time.</summary>
    private static void End(Dictionary<Guid, double> ends, ForecastBatch batch, double clock) =>
        ends[batch.BatchId] = batch.Lines > 0 ? Math.Max(clock, batch.SecondsPerLine) : clock;
}
