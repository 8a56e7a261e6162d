using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Decides which batches get the free places. Class first, after ageing; within a class the batches whose deadline is
/// at risk, by deadline; then tenants in turn by their weights, and within a tenant its batches in turn, those with the
/// lowest number first. Depends on nothing but what it is given and the turns it has planned before: no clock, no
/// store. Not thread-safe.
/// </summary>
/// <param name="ageingStep">Each of these waited raises a batch one class.</param>
/// <param name="quantum">Lines that a turn adds for a weight of 1.</param>
/// <param name="weight">Weight of a tenant, at least 1.</param>
internal sealed class DispatchOrder(TimeSpan ageingStep, int quantum, Func<string, int> weight)
{
    private readonly TenantTurns[] _turns = [.. ShardClasses.All.Select(_ => new TenantTurns(quantum, weight))];

    /// <returns>Shards in the order in which they are to go; neighbours of one batch are one grant.</returns>
    public IReadOnlyList<DispatchGrant> Plan(
        IReadOnlyCollection<DispatchCandidate> candidates, DispatchPlaces places, DateTimeOffset now)
    {
        var waiting = candidates
            .Where(c => c.Ready > 0 && !c.IsPaused)
            .OrderBy(c => c.CreatedAt).ThenBy(c => c.BatchId)
            .Select(c => (Batch: c, Priority: c.PriorityAt(now, ageingStep)))
            .ToLookup(c => c.Priority.Class, c => (c.Batch, c.Priority.Number));
        var grants = new List<DispatchGrant>();
        var granted = 0;
        foreach (var shardClass in ShardClasses.All)
        {
            foreach (var batch in Class(shardClass, [.. waiting[shardClass]], places.Free(shardClass) - granted))
            {
                Add(grants, batch.BatchId, shardClass);
                granted++;
            }
        }

        return grants;
    }

    private IEnumerable<DispatchCandidate> Class(
        ShardClass shardClass, IReadOnlyCollection<(DispatchCandidate Batch, int Number)> waiting, int places)
    {
        foreach (var (batch, _) in waiting.Where(w => w.Batch.IsAtRisk).OrderBy(w => w.Batch.Deadline))
        {
            for (var shard = 0; shard < batch.Ready && places > 0; shard++, places--)
            {
                yield return batch;
            }
        }

        foreach (var batch in _turns[(int)shardClass].Take([.. waiting.Where(w => !w.Batch.IsAtRisk)], places))
        {
            yield return batch;
        }
    }

    private static void Add(List<DispatchGrant> grants, Guid batch, ShardClass shardClass)
    {
        if (grants.Count > 0 && grants[^1].BatchId == batch)
        {
            grants[^1] = grants[^1] with { Shards = grants[^1].Shards + 1 };
        }
        else
        {
            grants.Add(new(batch, 1, shardClass));
        }
    }
}
