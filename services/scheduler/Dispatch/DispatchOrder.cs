namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Decides which batches get the free places: one class of priority; each place goes to the batch with the fewest
/// shards outstanding, the older one among equals. So batches share the workers evenly, and one alone has them all.
/// Pure.
/// </summary>
internal static class DispatchOrder
{
    /// <param name="candidates">Batches in progress.</param>
    /// <param name="places">Free places in the window.</param>
    /// <returns>One grant per batch that gets something, in the order in which they got their first place.</returns>
    public static IReadOnlyList<DispatchGrant> Plan(IReadOnlyCollection<DispatchCandidate> candidates, int places)
    {
        var granted = new Dictionary<Guid, int>();
        var queue = new PriorityQueue<DispatchCandidate, (int Outstanding, DateTimeOffset CreatedAt, Guid BatchId)>(
            candidates.Where(c => c.Ready > 0).Select(c => (c, (c.Outstanding, c.CreatedAt, c.BatchId))));
        var order = new List<Guid>();
        for (; places > 0 && queue.TryDequeue(out var candidate, out var rank); places--)
        {
            var shards = granted.GetValueOrDefault(candidate.BatchId) + 1;
            granted[candidate.BatchId] = shards;
            if (shards == 1)
            {
                order.Add(candidate.BatchId);
            }

            if (shards < candidate.Ready)
            {
                queue.Enqueue(candidate, rank with { Outstanding = rank.Outstanding + 1 });
            }
        }

        return [.. order.Select(batch => new DispatchGrant(batch, granted[batch]))];
    }
}
