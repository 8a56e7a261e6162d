namespace Sluice.BatchWorker.Flow;

/// <summary>
/// Tells a line that fails for its own sake from a provider that is down for all, where too few calls are made for a
/// run of failures: the others' calls tell. Used under its flow's lock; times are timestamps.
/// </summary>
/// <param name="maxParks">How often a line may park the provider alone although others were answered.</param>
internal sealed class LoneFailures(int maxParks)
{
    /// <summary>Past this it forgets them all: then each may park the provider as often again.</summary>
    private const int MaxLines = 1000;

    private readonly Dictionary<string, (long Failed, int Parks)> _lines = new(StringComparer.Ordinal);
    private long _succeededAt;
    private long _succeededSince;

    public void Succeeded(CallPlace place, long now)
    {
        _succeededAt = now;
        _succeededSince = Math.Max(_succeededSince, place.Since);
        _lines.Remove(place.Line);
    }

    /// <summary>
    /// Whether the provider may be down, so that the line is not to blame. A call that began after the line had failed,
    /// and was answered, says no. One that had begun before proves little: the provider may refuse new calls and still
    /// finish old ones. Then the line is believed for so many parks.
    /// </summary>
    public bool MayBeDown(LineOutage outage)
    {
        if (_succeededSince > outage.Failed)
        {
            return false;
        }

        if (_lines.Count >= MaxLines)
        {
            _lines.Clear();
        }

        _lines.TryAdd(outage.Line, (outage.Failed, 0));
        Parked(outage.Line);
        return true;
    }

    /// <summary>The provider is parked because of the line, once more.</summary>
    public void Parked(string line)
    {
        if (_lines.TryGetValue(line, out var known))
        {
            _lines[line] = known with { Parks = known.Parks + 1 };
        }
    }

    /// <summary>
    /// The line has parked the provider too often, and others were answered after its first failure.
    /// </summary>
    public bool Owns(string line) =>
        _lines.TryGetValue(line, out var known) && known.Parks >= maxParks && _succeededAt > known.Failed;
}
