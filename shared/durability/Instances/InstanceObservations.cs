namespace Sluice.Durability.Instances;

/// <summary>
/// The rule of observed expiry, apart from clock and database. Not thread-safe: one loop owns it. Times are monotonic.
/// </summary>
internal sealed class InstanceObservations(TimeSpan lease)
{
    private readonly Dictionary<Guid, Observation> _seen = [];
    private TimeSpan? _last;

    public IReadOnlyCollection<Guid> Dead { get; private set; } = [];

    public IReadOnlyCollection<Guid> Alive { get; private set; } = [];

    /// <summary>Fenced rows whose counter stood still for at least <paramref name="retention"/>.</summary>
    public IReadOnlyCollection<Guid> Expired(TimeSpan now, TimeSpan retention) =>
        [.. _seen.Where(pair => pair.Value.Fenced && now - pair.Value.Since >= retention).Select(pair => pair.Key)];

    /// <summary>Dead for as long and not fenced: nobody took over from one that owned nothing.</summary>
    public IReadOnlyCollection<Guid> Abandoned(TimeSpan now, TimeSpan retention) =>
        [.. Dead.Where(id => !_seen[id].Fenced && now - _seen[id].Since >= retention)];

    /// <summary>
    /// Takes one reading. A gap since the last one of half a lease or more means that this observer slept, or that the
    /// database did: nothing may be concluded across it.
    /// </summary>
    public void Observe(TimeSpan now, IEnumerable<InstanceRow> rows)
    {
        if (_last is { } last && now - last >= lease / 2)
        {
            _seen.Clear();
        }

        _last = now;
        var present = new HashSet<Guid>();
        foreach (var row in rows)
        {
            present.Add(row.Id);
            if (!_seen.TryGetValue(row.Id, out var before) || before.Renewals != row.Renewals
                || before.Fenced != row.Fenced)
            {
                _seen[row.Id] = new Observation(row.Renewals, row.Fenced, now);
            }
        }

        foreach (var gone in _seen.Keys.Where(id => !present.Contains(id)).ToList())
        {
            _seen.Remove(gone);
        }

        Dead = [.. _seen.Where(pair => IsDead(pair.Value, now)).Select(pair => pair.Key)];
        Alive = [.. _seen.Where(pair => !IsDead(pair.Value, now)).Select(pair => pair.Key)];
    }

    /// <summary>
    /// Forgets what was seen: the connection broke, so the counters may have moved unseen, or could not move.
    /// </summary>
    public void Restart()
    {
        _seen.Clear();
        _last = null;
        Dead = [];
    }

    private bool IsDead(Observation observation, TimeSpan now) =>
        observation.Fenced || now - observation.Since >= lease;

    private readonly record struct Observation(long Renewals, bool Fenced, TimeSpan Since);
}
