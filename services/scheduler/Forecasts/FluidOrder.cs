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
    /// <returns>Seconds from now to the end of each of these batches, whether paused or not.</returns>
    public IReadOnlyDictionary<Guid, double> Ends(
        IReadOnlyCollection<ForecastBatch> batches, IReadOnlySet<Guid> raised)
    {
        var ends = new Dictionary<Guid, double>();
        var clock = 0.0;
        var byClass = batches.ToLookup(b => b.Priority.Class);
        foreach (var waiting in ShardClasses.All.Select(c => byClass[c]))
        {
            foreach (var batch in waiting.Where(b => raised.Contains(b.BatchId)).OrderBy(b => b.Deadline))
            {
                clock += batch.Lines * batch.SecondsPerLine / parallelLines;
                End(ends, batch, clock);
            }

            clock = Share(waiting.Where(b => !raised.Contains(b.BatchId)), clock, ends);
        }

        return ends;
    }

    /// <summary>
    /// Serves these batches until all have ended; returns when that is. What a tenant's batches get in a turn of all
    /// tenants does not depend on the others, only how long such a turn takes: each tenant's ends are known in turns,
    /// and the clock follows from turn to turn.
    /// </summary>
    private double Share(IEnumerable<ForecastBatch> batches, double clock, Dictionary<Guid, double> ends)
    {
        var steps = batches.GroupBy(b => b.Tenant, StringComparer.Ordinal)
            .SelectMany(tenant => Steps(tenant, weight(tenant.Key)));
        var (turn, cost) = (0.0, 0.0);
        foreach (var step in steps.OrderBy(s => s.Turn))
        {
            clock += (step.Turn - turn) * cost / parallelLines;
            (turn, cost) = (step.Turn, Math.Max(cost + step.CostChange, 0));
            if (step.Ended is { } batch)
            {
                End(ends, batch, clock);
            }
        }

        return clock;
    }

    /// <summary>
    /// When a tenant begins to be served and each of its batches ends, in turns that give it as many lines as its
    /// weight, and by how much that changes the line-seconds of a turn. Batches of the lowest number share the lines
    /// alike; others wait for those.
    /// </summary>
    private static IEnumerable<(double Turn, double CostChange, ForecastBatch? Ended)> Steps(
        IEnumerable<ForecastBatch> batches, double weight)
    {
        var turn = 0.0;
        foreach (var served in batches.GroupBy(b => b.Priority.Number).OrderBy(g => g.Key))
        {
            var (left, seconds, lines) = (served.Count(), served.Sum(b => b.SecondsPerLine), 0.0);
            var cost = weight * seconds / left;
            yield return (turn, cost, null);
            foreach (var batch in served.OrderBy(b => b.Lines))
            {
                turn += (batch.Lines - lines) * left / weight;
                (lines, left, seconds) = (batch.Lines, left - 1, seconds - batch.SecondsPerLine);
                var next = left > 0 ? weight * seconds / left : 0;
                yield return (turn, next - cost, batch);
                cost = next;
            }
        }
    }

    /// <summary>However many run at once, the last line takes its time.</summary>
    private static void End(Dictionary<Guid, double> ends, ForecastBatch batch, double clock) =>
        ends[batch.BatchId] = batch.Lines > 0 ? Math.Max(clock, batch.SecondsPerLine) : clock;
}
