namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// Deficit round robin (Shreedhar and Varghese, 1995): whoever's turn it is gets its quantum and goes on as long as
/// that lasts; what is left over counts in its next turn. Whoever has nothing to do loses it. Not thread-safe.
/// </summary>
internal sealed class DeficitRing<TKey>
    where TKey : notnull
{
    private readonly LinkedList<TKey> _ring = new();
    private readonly Dictionary<TKey, double> _deficits = [];

    // Whether the first in the ring has had the quantum of its turn: places may run out in the middle of one.
    private bool _isCredited;

    public bool IsEmpty => _ring.Count == 0;

    public IEnumerable<TKey> Keys => _ring;

    /// <summary>Leaves out whoever is not in <paramref name="keys"/> and puts newcomers last, in that order.</summary>
    public void Keep(IReadOnlyCollection<TKey> keys)
    {
        var wanted = keys.ToHashSet();
        foreach (var gone in _ring.Where(key => !wanted.Contains(key)).ToList())
        {
            Remove(gone);
        }

        foreach (var key in keys.Where(key => _deficits.TryAdd(key, 0)))
        {
            _ring.AddLast(key);
        }
    }

    public void Remove(TKey key)
    {
        if (!_deficits.Remove(key))
        {
            return;
        }

        _isCredited &= !_ring.First!.Value.Equals(key);
        _ring.Remove(key);
    }

    /// <summary>Whose turn it is. The ring must not be empty.</summary>
    /// <param name="quantum">What a turn adds, above 0.</param>
    /// <param name="cost">What its next piece costs.</param>
    public TKey Peek(Func<TKey, double> quantum, Func<TKey, double> cost)
    {
        while (true)
        {
            var key = _ring.First!.Value;
            if (!_isCredited)
            {
                _deficits[key] += quantum(key);
                _isCredited = true;
            }

            if (_deficits[key] >= cost(key))
            {
                return key;
            }

            _ring.RemoveFirst();
            _ring.AddLast(key);
            _isCredited = false;
        }
    }

    /// <summary>Takes the cost of a piece from whoever had it.</summary>
    public void Charge(TKey key, double cost) => _deficits[key] -= cost;
}
