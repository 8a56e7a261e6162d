using System.Diagnostics;

namespace Sluice.Bench.Fanout;

/// <summary>The four measurements, each the same for every way.</summary>
internal static class FanoutRun
{
    /// <summary>Intervals at which the highest rate is looked for, in ms.</summary>
    private static readonly int[] Steps = [200, 100, 50, 33, 20, 14, 10, 7, 5, 3, 2, 1];

    /// <summary>Steps in a row that fail before the search ends: one may be the machine's fault.</summary>
    private const int MaxFailures = 2;

    private static readonly TimeSpan StepDuration = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Connections that are made at one time: fewer than any queue of a listener holds.</summary>
    private const int ConnectAtOnce = 100;

    /// <summary>Latency and completeness of a stream that begins when all have joined.</summary>
    public static async Task<FanoutResult> MeasureAsync(IFanoutWay way, int count, FanoutScript script)
    {
        using var stream = await way.OpenAsync(script);
        using var readers = new FanoutReaders(count);
        var running = readers.RunAsync(stream, ConnectAtOnce);
        await stream.WaitForReadersAsync(readers.All);
        using var deadline = new CancellationTokenSource(script.Duration + Patience);
        try
        {
            await stream.PublishAsync(deadline.Token);
            await running.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            // Who is not done is counted as incomplete.
        }

        readers.Dispose();
        await running;
        return FanoutResult.Of(readers.All, script.Events);
    }

    /// <summary>The result with the most deliveries per second among those that kept up; null for none.</summary>
    public static async Task<FanoutResult?> HighestAsync(
        IFanoutWay way, int readers, TimeSpan first, Action<int, FanoutResult> seen)
    {
        var results = new List<FanoutResult>();
        foreach (var step in Steps)
        {
            var interval = TimeSpan.FromMilliseconds(step);
            var result = await MeasureAsync(
                way, readers, new FanoutScript((int)(StepDuration / interval), interval, first));
            seen(step, result);
            results.Add(result);
            if (results.TakeLast(MaxFailures).Count(r => !r.KeepsUp) == MaxFailures)
            {
                break;
            }
        }

        return Highest(results);
    }

    public static FanoutResult? Highest(IEnumerable<FanoutResult> results) =>
        results.Where(result => result.KeepsUp).MaxBy(result => result.Rate);

    /// <summary>Time of a reader that joins after many events of a running stream, until it has them.</summary>
    public static async Task<IReadOnlyList<double>> JoinLateAsync(IFanoutWay way, int events, int joins)
    {
        var script = new FanoutScript(events * 3, TimeSpan.FromMilliseconds(1), TimeSpan.Zero);
        using var over = new CancellationTokenSource();
        using var stream = await way.OpenAsync(script);
        var publishing = stream.PublishAsync(over.Token);
        await ReadAsync(stream, events);
        var times = new List<double>();
        for (var join = 0; join < joins; join++)
        {
            var start = Stopwatch.GetTimestamp();
            await ReadAsync(stream, events);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        await over.CancelAsync();
        await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return times;
    }

    /// <summary>What the server's process grows by for each reader of a stream that is silent, in bytes.</summary>
    public static async Task<double> IdleAsync(IFanoutWay way, int count)
    {
        // Readers get a first event, so that all of them are known to have joined, and then nothing more.
        var script = new FanoutScript(2, TimeSpan.FromMinutes(10), TimeSpan.Zero);
        using var over = new CancellationTokenSource();
        using var stream = await way.OpenAsync(script);
        var publishing = stream.PublishAsync(over.Token);
        await ReadAsync(stream, 1);
        var before = way.ResidentBytes;
        using var readers = new FanoutReaders(count);
        var running = readers.RunAsync(stream, ConnectAtOnce);
        while (!running.IsCompleted && !readers.All.All(reader => reader.Latencies.Count > 0))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        // A heartbeat is part of being idle: the first comes after 12 s.
        await Task.Delay(TimeSpan.FromSeconds(15));
        var after = way.ResidentBytes;
        readers.Dispose();
        await over.CancelAsync();
        await running;
        await publishing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (after - before) / (double)count;
    }

    private static async Task ReadAsync(IFanoutStream stream, int events)
    {
        using var reader = new FanoutReader(events);
        await reader.RunAsync(stream.Address, stream.Request);
        if (!reader.IsDone)
        {
            throw new InvalidOperationException($"A reader had {reader.Latencies.Count} events: {reader.Fault}");
        }
    }
}
