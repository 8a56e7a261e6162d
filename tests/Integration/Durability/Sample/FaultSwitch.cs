using System.Collections.Concurrent;
using Sluice.Durability.Faults;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>
/// Fault points that a test sets while the host runs; each acts once, unless told otherwise. Thread-safe.
/// </summary>
internal sealed class FaultSwitch : IFaultPoints
{
    private readonly ConcurrentDictionary<string, Func<CancellationToken, Task>> _points = new(StringComparer.Ordinal);
    private int _deaths;

    /// <summary>How often <see cref="ThrowAtRandom"/> has thrown.</summary>
    public int Deaths => Volatile.Read(ref _deaths);

    /// <summary>The next one to reach the point dies there, as far as its work is concerned.</summary>
    public void ThrowOnce(string point) =>
        _points[point] = _ => Task.FromException(new FaultPointException(point));

    /// <summary>About every other one to reach the point dies there, until so many have.</summary>
    public void ThrowAtRandom(string point, int deaths, Random random) => _points[point] = _ =>
    {
        bool dies;
        lock (random)
        {
            dies = random.Next(2) == 0;
        }

        if ((dies ? Interlocked.Increment(ref _deaths) : Deaths) < deaths)
        {
            ThrowAtRandom(point, deaths, random);
        }

        return dies ? Task.FromException(new FaultPointException(point)) : Task.CompletedTask;
    };

    /// <summary>The next one to reach the point freezes there.</summary>
    public HeldPoint HoldOnce(string point)
    {
        var held = new HeldPoint();
        _points[point] = held.WaitAsync;
        return held;
    }

    public async ValueTask ReachAsync(string name, CancellationToken cancellationToken)
    {
        if (_points.TryRemove(name, out var act))
        {
            await act(cancellationToken);
        }
    }
}
