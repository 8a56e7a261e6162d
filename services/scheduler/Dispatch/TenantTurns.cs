namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Whose turn it is in one class: deficit round robin over the tenants by their weights, then over a tenant's batches
/// with the lowest number, both counted in lines. Remembers turns from plan to plan. Not thread-safe.
/// </summary>
internal sealed class TenantTurns(int quantum, Func<string, int> weight)
{
    private readonly DeficitRing<string> _tenants = new();
    private readonly Dictionary<string, SortedDictionary<int, DeficitRing<Guid>>> _batches =
        new(StringComparer.Ordinal);

    /// <summary>Whose shards get the places, one entry for each place, in this order.</summary>
    /// <param name="waiting">Batches with ready shards and their numbers after ageing, oldest first.</param>
    /// <param name="places">How many at most.</param>
    public IEnumerable<DispatchCandidate> Take(
        IReadOnlyCollection<(DispatchCandidate Batch, int Number)> waiting, int places)
    {
        Keep(waiting);
        var batches = waiting.ToDictionary(w => w.Batch.BatchId, w => w.Batch);
        var left = waiting.ToDictionary(w => w.Batch.BatchId, w => w.Batch.Ready);
        for (; places > 0 && !_tenants.IsEmpty; places--)
        {
            var tenant = _tenants.Peek(name => (double)quantum * weight(name), name => CostOf(NextOf(name)));
            var batch = batches[NextOf(tenant)];
            var cost = CostOf(batch.BatchId);
            _tenants.Charge(tenant, cost);
            var (number, ring) = _batches[tenant].First();
            ring.Charge(batch.BatchId, cost);
            if (--left[batch.BatchId] == 0)
            {
                Leave(tenant, number, ring, batch.BatchId);
            }

            yield return batch;
        }

        Guid NextOf(string tenant) => _batches[tenant].First().Value.Peek(_ => quantum, CostOf);

        double CostOf(Guid batch) => batches[batch].LinesAfter(batches[batch].Ready - left[batch]);
    }

    private void Keep(IReadOnlyCollection<(DispatchCandidate Batch, int Number)> waiting)
    {
        var tenants = waiting.GroupBy(w => w.Batch.Tenant, StringComparer.Ordinal).ToList();
        _tenants.Keep([.. tenants.Select(t => t.Key)]);
        foreach (var gone in _batches.Keys.Except(tenants.Select(t => t.Key), StringComparer.Ordinal).ToList())
        {
            _batches.Remove(gone);
        }

        foreach (var tenant in tenants)
        {
            var rings = _batches.TryGetValue(tenant.Key, out var known) ? known : _batches[tenant.Key] = [];
            var numbers = tenant.GroupBy(w => w.Number, w => w.Batch.BatchId).ToList();
            foreach (var gone in rings.Keys.Except(numbers.Select(n => n.Key)).ToList())
            {
                rings.Remove(gone);
            }

            foreach (var number in numbers)
            {
                rings.TryAdd(number.Key, new());
                rings[number.Key].Keep([.. number]);
            }
        }
    }

    private void Leave(string tenant, int number, DeficitRing<Guid> ring, Guid batch)
    {
        ring.Remove(batch);
        if (ring.IsEmpty && _batches[tenant].Remove(number) && _batches[tenant].Count == 0)
        {
            _batches.Remove(tenant);
            _tenants.Remove(tenant);
        }
    }
}
