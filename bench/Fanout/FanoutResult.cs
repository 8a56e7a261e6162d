using Sluice.Bench.Stream;

namespace Sluice.Bench.Fanout;

/// <summary>What the readers of one stream got.</summary>
/// <param name="Latencies">Of all readers and events.</param>
/// <param name="Readers">How many there were.</param>
/// <param name="Incomplete">Readers that missed an event, or had not come to the end when the time was over.</param>
/// <param name="Elapsed">From the first event's stamp to the last arrival.</param>
internal sealed record FanoutResult(Latencies Latencies, int Readers, int Incomplete, TimeSpan Elapsed)
{
    /// <summary>Latency beyond which readers are left behind: the rate is too high.</summary>
    private const double MaxP99Ms = 1_000;

    /// <summary>Events × readers delivered in a second.</summary>
    public double Rate => Latencies.Count / Math.Max(Elapsed.TotalSeconds, 1e-6);

    public bool KeepsUp => Incomplete == 0 && Latencies.Percentile(99) <= MaxP99Ms;

    /// <param name="readers">After the run.</param>
    /// <param name="events">What each should have.</param>
    public static FanoutResult Of(IReadOnlyList<FanoutReader> readers, int events)
    {
        // The checksum of most is that of the stream: each reader alone can tell the number only.
        var checksum = readers.GroupBy(r => r.Checksum).MaxBy(g => g.Count())!.Key;
        var incomplete = readers.Count(
            r => !r.IsDone || r.Latencies.Count != events || r.Checksum != checksum);
        var started = readers.Where(r => r.FirstStamp > 0).ToList();
        var elapsed = started.Count == 0 ? 0 : started.Max(r => r.LastArrival) - started.Min(r => r.FirstStamp);
        return new FanoutResult(
            new Latencies(readers.SelectMany(r => r.Latencies)),
            readers.Count,
            incomplete,
            TimeSpan.FromMicroseconds(elapsed));
    }
}
