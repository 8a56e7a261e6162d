using System.Diagnostics;

namespace Sluice.Bench.Stream;

/// <summary>
/// The four loads: many requests at one moment, requests beside streams that run, many streams over some seconds, and
/// streams without a pause.
/// </summary>
internal static class StreamLoad
{
    private static readonly TimeSpan Ramp = TimeSpan.FromSeconds(1);

    /// <summary>What the starts have queued up, and an earlier load has left to be tidied, is done by then.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>First tokens of <paramref name="streams"/> requests sent at once, in several rounds.</summary>
    public static async Task<Latencies> FirstTokensAsync(StreamTarget target, int streams, int rounds)
    {
        using var connections = await ConnectAsync(target, streams);
        var request = target.Request("@sim stamp tokens=1");
        var samples = new List<long>();
        for (var round = 0; round < rounds; round++)
        {
            await Task.WhenAll(connections.All.Select(c => c.RunAsync(request)));
            samples.AddRange(connections.All.Select(c => c.FirstToken));
        }

        return new Latencies(samples);
    }

    /// <summary>
    /// First tokens where <paramref name="streams"/> streams run all the time: each connection asks again as soon as
    /// its stream of a second has ended, their starts spread evenly over the first second, which does not count.
    /// </summary>
    public static async Task<Latencies> RunningFirstTokensAsync(
        StreamTarget target, int streams, int perSecond, TimeSpan duration)
    {
        using var connections = await ConnectAsync(target, streams);
        var request = target.Request($"@sim stamp tokens={perSecond} delay_ms={1_000 / perSecond}");
        var start = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(connections.All.Select(RepeatAsync));
        return new Latencies(all.SelectMany(samples => samples));

        async Task<List<long>> RepeatAsync(StreamConnection connection, int number)
        {
            await Task.Delay(Ramp * number / streams);
            var samples = new List<long>();
            while (Stopwatch.GetElapsedTime(start) is var sent && sent < duration)
            {
                await connection.RunAsync(request);
                if (sent >= Ramp)
                {
                    samples.Add(connection.FirstToken);
                }
            }

            return samples;
        }
    }

    /// <summary>
    /// Token latencies of streams that run at the same time, their starts spread evenly over a second so that the
    /// tokens do not come in step, for <paramref name="duration"/> from two seconds after the last start.
    /// </summary>
    public static async Task<Latencies> TokensAsync(StreamTarget target, int streams, int perSecond, TimeSpan duration)
    {
        using var connections = await ConnectAsync(target, streams);
        var request = target.Request(
            $"@sim stamp tokens={TokensOfEach(perSecond, duration)} delay_ms={1_000 / perSecond}");
        var running = new List<Task>();
        var start = Stopwatch.GetTimestamp();
        foreach (var connection in connections.All)
        {
            var due = (Ramp * running.Count / streams) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            running.Add(connection.RunAsync(request));
        }

        await Task.WhenAll(running);

        // Only the time in which all streams run: the first second starts them, the last one ends them.
        var skipped = (int)(perSecond * (Ramp + Settling).TotalSeconds);
        return new Latencies(connections.All.SelectMany(c => c.Tokens.Skip(skipped).SkipLast(perSecond)));
    }

    /// <summary>How many tokens each stream has for <see cref="TokensAsync"/>, the unmeasured ones included.</summary>
    public static int TokensOfEach(int perSecond, TimeSpan duration) =>
        (int)(perSecond * (Ramp + Settling + duration + Ramp).TotalSeconds);

    /// <summary>Tokens per second that streams of a model deliver which does not wait.</summary>
    public static async Task<double> RateAsync(StreamTarget target, int streams, int tokens)
    {
        using var connections = await ConnectAsync(target, streams);
        var request = target.Request($"@sim stamp tokens={tokens}");
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.All.Select(c => c.RunAsync(request)));
        var took = Stopwatch.GetElapsedTime(start);
        var other = connections.All.FirstOrDefault(c => c.Tokens.Count != tokens);
        return other is null
            ? streams * tokens / took.TotalSeconds
            : throw new InvalidOperationException($"{target.Name}: {other.Tokens.Count} tokens instead of {tokens}");
    }

    private static async Task<StreamConnections> ConnectAsync(StreamTarget target, int count)
    {
        var connections = new StreamConnections([.. Enumerable.Range(0, count).Select(_ => new StreamConnection())]);
        foreach (var connection in connections.All)
        {
            await connection.ConnectAsync(target.Address);
        }

        return connections;
    }
}
