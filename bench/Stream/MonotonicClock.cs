using System.Diagnostics;

namespace Sluice.Bench.Stream;

/// <summary>The clock of the simulated model's stamps; all processes of a machine have the same.</summary>
internal static class MonotonicClock
{
    private static readonly long TicksPerMicrosecond = Stopwatch.Frequency / 1_000_000;

    public static long Microseconds => Stopwatch.GetTimestamp() / TicksPerMicrosecond;
}
