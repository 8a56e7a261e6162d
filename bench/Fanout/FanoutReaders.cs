namespace Sluice.Bench.Fanout;

/// <summary>Many readers of one stream.</summary>
internal sealed class FanoutReaders(int count) : IDisposable
{
    public IReadOnlyList<FanoutReader> All { get; } = [.. Enumerable.Range(0, count).Select(_ => new FanoutReader())];

    /// <summary>Connects them, some at one time, and reads until all have ended.</summary>
    public async Task RunAsync(IFanoutStream stream, int atOnce)
    {
        var running = new List<Task>(All.Count);
        foreach (var some in All.Chunk(atOnce))
        {
            running.AddRange(some.Select(reader => reader.RunAsync(stream.Address, stream.Request)));

            // Connections are accepted at once on this machine; a pause keeps the listener's queue short.
            await Task.Delay(TimeSpan.FromMilliseconds(5));
        }

        await Task.WhenAll(running);
    }

    public void Dispose()
    {
        foreach (var reader in All)
        {
            reader.Dispose();
        }
    }
}
