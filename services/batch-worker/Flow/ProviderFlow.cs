using Sluice.BatchStore.Shards;

namespace Sluice.BatchWorker.Flow;

/// <summary>
/// Calls at one provider: an adaptive bound with a queue, the highest class first and there first come; and the park of
/// a provider that is down, limits everything or is out of quota. Parked, it grants nothing, until one call may probe
/// it. Thread-safe; waiters are bounded by the lines in hand.
/// </summary>
internal sealed class ProviderFlow(
    ProviderTraits provider, FlowOptions options, FlowMetrics metrics, TimeProvider time)
{
    private const int MaxFailedProbes = 1000;
    private static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly ConcurrencyLimit _limit = new(options, provider.MaxConcurrency);
    private readonly LinkedList<(TaskCompletionSource<bool> Granted, ShardClass Class)> _waiting = new();
    private TaskCompletionSource _parking = NewSignal();
    private readonly HashSet<string> _failedProbes = new(StringComparer.Ordinal);
    private readonly LoneFailures _lone = new(options.MaxErrorParks);
    private int _inFlight;
    private int _failures;
    private bool _isOnlyErrors = true;
    private long _limitedSince;
    private string? _cause;
    private long _parkedUntil;
    private int _parks;
    private bool _isProbing;

    public string Name => provider.Name;

    /// <summary>Calls that may be open at one time now.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
            {
                return _limit.Value;
            }
        }
    }

    /// <summary>Set while the provider is left in peace.</summary>
    public ProviderPark? Park
    {
        get
        {
            lock (_lock)
            {
                return CurrentPark();
            }
        }
    }

    /// <summary>Completes when the provider is parked the next time; is complete while it is.</summary>
    public Task Parked
    {
        get
        {
            lock (_lock)
            {
                return _parking.Task;
            }
        }
    }

    /// <summary>Waits for a place; null when the provider is parked, also if that happens meanwhile.</summary>
    /// <param name="line">Id of the line's request; the same however often it runs.</param>
    /// <param name="shardClass">Who waits in a lower class waits longer.</param>
    /// <param name="cancellationToken">The line is not to run any more.</param>
    public ValueTask<CallPlace?> EnterAsync(
        string line, ShardClass shardClass, CancellationToken cancellationToken)
    {
        LinkedListNode<(TaskCompletionSource<bool> Granted, ShardClass Class)> node;
        lock (_lock)
        {
            if (_cause is not null)
            {
                return new(TryProbe(line));
            }

            if (_inFlight < _limit.Value)
            {
                _inFlight++;
                return new(new CallPlace(line, time.GetTimestamp(), false));
            }

            node = Queue(shardClass);
        }

        return WaitAsync(line, node, cancellationToken);
    }

    /// <summary>Gives a place back. Returns true when a parked provider is back by this call.</summary>
    /// <param name="place">What <see cref="EnterAsync"/> returned.</param>
    /// <param name="signal">How the call ended.</param>
    /// <param name="asked">How long the provider asked to wait.</param>
    public bool Leave(CallPlace place, CallSignal signal, TimeSpan? asked)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            if (place.IsProbe && signal != CallSignal.None && _failedProbes.Count < MaxFailedProbes)
            {
                // Taken back by an answer, which clears them all.
                _failedProbes.Add(place.Line);
            }

            var isBack = Apply(place, signal, asked, now);
            _inFlight--;
            Admit();
            return isBack;
        }
    }

    /// <summary>
    /// The last attempt of a line failed as if the provider were down: leaves it in peace, although neither its circuit
    /// is open nor a run of failures was seen, unless others were answered meanwhile.
    /// </summary>
    /// <param name="outage">The line.</param>
    /// <param name="isUnreachable">Nothing was sent: that holds for a provider without a circuit, too.</param>
    public void FailedAlone(LineOutage outage, bool isUnreachable)
    {
        lock (_lock)
        {
            if ((provider.IsSpared || isUnreachable) && _cause is null && _lone.MayBeDown(outage))
            {
                ParkIt("provider_down", TimeSpan.Zero, isProbe: false);
            }
        }
    }

    /// <summary>
    /// How a line waits that got nothing but rate limits for too long, while the provider may let others through.
    /// </summary>
    /// <param name="asked">How long the provider asked to wait.</param>
    /// <param name="runs">How often in a row the shard went back for that; doubles the wait.</param>
    public ProviderPark Limited(TimeSpan asked, int runs)
    {
        var backOff = options.ParkFor * Math.Pow(2, Math.Min(runs, 16));
        var rest = backOff < options.MaxParkFor ? backOff : options.MaxParkFor;
        return new(Name, "provider_rate_limited", asked > rest ? asked : rest);
    }

    /// <summary>Whether such failures of a line are its own, and say nothing of the provider.</summary>
    public bool OwnsOutage(string line)
    {
        lock (_lock)
        {
            return _lone.Owns(line);
        }
    }

    /// <summary>Another process says that the provider is back: the next call is a probe.</summary>
    public void ProbeNow()
    {
        lock (_lock)
        {
            _parkedUntil = 0;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool Apply(CallPlace place, CallSignal signal, TimeSpan? asked, long now)
    {
        switch (signal)
        {
            case CallSignal.Success:
                _lone.Succeeded(place, now);
                if (_limit.Succeeded(place.Since, now, time.GetElapsedTime(place.Since, now), _inFlight))
                {
                    metrics.Decreased(Name, "latency");
                }

                return Answered();
            case CallSignal.Alive:
                return Answered();
            case CallSignal.Limited:
                Trouble(place, now, "rate_limited");
                _limitedSince = _limitedSince == 0 ? now : _limitedSince;
                if (place.IsProbe || asked > options.LimitedFor
                    || time.GetElapsedTime(_limitedSince, now) >= options.LimitedFor)
                {
                    ParkIt("provider_rate_limited", asked ?? TimeSpan.Zero, place.IsProbe);
                }

                return false;
            case CallSignal.Outage or CallSignal.Error:
                Trouble(place, now, "failure");
                _isOnlyErrors &= signal == CallSignal.Error;
                _failures++;
                if (place.IsProbe && signal == CallSignal.Outage)
                {
                    _lone.Parked(place.Line);
                }

                if (place.IsProbe || (_failures >= options.OutageRun && provider.IsSpared))
                {
                    ParkIt(FailureCause, asked ?? TimeSpan.Zero, place.IsProbe);
                }

                return false;
            case CallSignal.Down:
                ParkIt(_failures > 0 ? FailureCause : "provider_down", asked ?? TimeSpan.Zero, place.IsProbe);
                return false;
            case CallSignal.Quota:
                ParkIt("provider_quota", asked ?? TimeSpan.Zero, place.IsProbe);
                return false;
            default:
                _isProbing &= !place.IsProbe;
                return false;
        }
    }

    /// <summary>One that only answered 500 lives, and may be asked for something that it cannot do.</summary>
    private string FailureCause => _isOnlyErrors ? ShardReturn.Errors : "provider_down";

    private bool Answered()
    {
        (_limitedSince, _failures, _isOnlyErrors) = (0, 0, true);
        if (_cause is null)
        {
            return false;
        }

        (_cause, _parks, _isProbing) = (null, 0, false);
        _failedProbes.Clear();
        _parking = NewSignal();
        _limit.Restart();
        return true;
    }

    private void Trouble(CallPlace place, long now, string reason)
    {
        if (_limit.Troubled(place.Since, now))
        {
            metrics.Decreased(Name, reason);
        }
    }

    /// <summary>Of the calls that were open when the provider went down only the first one counts.</summary>
    private void ParkIt(string cause, TimeSpan asked, bool isProbe)
    {
        if (_cause is not null && !isProbe)
        {
            return;
        }

        var rest = options.ParkFor * Math.Pow(2, Math.Min(_parks++, 20));
        rest = rest < options.MaxParkFor ? rest : options.MaxParkFor;
        rest = rest > asked ? rest : asked;
        (_cause, _isProbing, _limitedSince) = (cause, false, 0);
        _parkedUntil = time.GetTimestamp() + (long)(rest.TotalSeconds * time.TimestampFrequency);
        metrics.Parked(Name, cause);
        while (_waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            first.Value.Granted.SetResult(false);
        }

        _parking.TrySetResult();
    }

    /// <summary>
    /// A line that failed as a probe leaves it to others, and comes to it again if there are none: it may be the line
    /// that fails, and not the provider.
    /// </summary>
    private CallPlace? TryProbe(string line)
    {
        var now = time.GetTimestamp();
        if (_isProbing || now < _parkedUntil)
        {
            return null;
        }

        if (_failedProbes.Contains(line))
        {
            if (time.GetElapsedTime(_parkedUntil, now) < options.ParkFor)
            {
                return null;
            }

            _failedProbes.Clear();
        }

        _isProbing = true;
        _inFlight++;
        return new(line, now, true);
    }

    private ProviderPark? CurrentPark()
    {
        if (_cause is null)
        {
            return null;
        }

        var rest = time.GetElapsedTime(time.GetTimestamp(), _parkedUntil);
        return new(Name, _cause, rest > ShortestRest ? rest : ShortestRest);
    }

    /// <summary>Behind those of its class and above; from the end, where nearly all belong.</summary>
    private LinkedListNode<(TaskCompletionSource<bool> Granted, ShardClass Class)> Queue(ShardClass shardClass)
    {
        var waiter = (new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), shardClass);
        var before = _waiting.Last;
        while (before is not null && before.Value.Class > shardClass)
        {
            before = before.Previous;
        }

        return before is null ? _waiting.AddFirst(waiter) : _waiting.AddAfter(before, waiter);
    }

    private void Admit()
    {
        while (_cause is null && _inFlight < _limit.Value && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            _inFlight++;
            first.Value.Granted.SetResult(true);
        }
    }

    private async ValueTask<CallPlace?> WaitAsync(
        string line, LinkedListNode<(TaskCompletionSource<bool> Granted, ShardClass Class)> node,
        CancellationToken cancellationToken)
    {
        var answered = node.Value.Granted.Task;
        await ((Task)answered).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested)
        {
            return await answered ? new CallPlace(line, time.GetTimestamp(), false) : null;
        }

        lock (_lock)
        {
            if (node.List is not null)
            {
                _waiting.Remove(node);
                throw new OperationCanceledException(cancellationToken);
            }
        }

        if (await answered)
        {
            // Granted in the same moment: nobody else would give it back.
            Leave(new(line, time.GetTimestamp(), false), CallSignal.None, null);
        }

        throw new OperationCanceledException(cancellationToken);
    }
}
