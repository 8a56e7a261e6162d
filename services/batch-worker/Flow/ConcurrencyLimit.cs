namespace Sluice.BatchWorker.Flow;

/// <summary>
/// How many calls a provider bears: doubles each round trip until the first trouble, then one more each round trip, and
/// a share less at each trouble (additive increase, multiplicative decrease: Chiu and Jain, 1989). Not thread-safe.
/// </summary>
internal sealed class ConcurrencyLimit(FlowOptions options, int max)
{
    private const double FastShare = 0.1;
    private const double SlowShare = 0.005;
    private const double LatencyDecrease = 0.9;
    private const int MinSamples = 20;
    private static readonly TimeSpan SmallestRise = TimeSpan.FromMilliseconds(50);

    private double _limit = Math.Min(options.InitialConcurrency, max);
    private bool _isStarting = true;
    private long _decreasedAt = long.MinValue;
    private int _samples;
    private double _fast;
    private double _slow;

    public int Value => Math.Max(1, (int)_limit);

    /// <summary>An answer.</summary>
    /// <param name="since">When its call began: a timestamp, as <paramref name="now"/>.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="inFlight">Calls at its end, itself included: a bound that is not in use does not grow.</param>
    /// <returns>Whether answers take so much longer that the bound fell.</returns>
    public bool Succeeded(long since, long now, TimeSpan latency, int inFlight)
    {
        var seconds = latency.TotalSeconds;
        _samples++;
        _fast = _samples == 1 ? seconds : _fast + (FastShare * (seconds - _fast));
        _slow = _samples <= MinSamples ? _fast : _slow + (SlowShare * (seconds - _slow));
        if (_fast > _slow * options.LatencyTolerance
            && _fast - _slow > SmallestRise.TotalSeconds
            && Fall(since, now, LatencyDecrease))
        {
            // What is usual now may have changed for good: it is approached faster than by single answers.
            _slow += (_fast - _slow) / 4;
            return true;
        }

        if (inFlight * 2 >= _limit)
        {
            _limit = Math.Min(max, _limit + (_isStarting ? 1 : 1 / _limit));
        }

        return false;
    }

    /// <summary>Too much, or a failure. Returns whether the bound fell: once for all calls open then.</summary>
    public bool Troubled(long since, long now) => Fall(since, now, options.Decrease);

    /// <summary>The provider is back after it was left in peace: begins anew.</summary>
    public void Restart() => (_limit, _isStarting) = (Math.Max(options.MinConcurrency, Math.Min(4, max)), true);

    private bool Fall(long since, long now, double share)
    {
        if (since <= _decreasedAt)
        {
            return false;
        }

        _decreasedAt = now;
        _isStarting = false;
        _limit = Math.Min(max, Math.Max(options.MinConcurrency, _limit * share));
        return true;
    }
}
