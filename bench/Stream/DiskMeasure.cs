using System.Diagnostics;
using Spectre.Console;

namespace Sluice.Bench.Stream;

/// <summary>
/// How long this disk takes to keep 16 KiB, about what a commit of many streams writes: each commit waits for as much,
/// and each stall of the disk is one of all streams.
/// </summary>
internal static class DiskMeasure
{
    private const int Bytes = 16 << 10;
    private const int Places = 256;
    private const int Flushes = 4_000;

    /// <summary>Writes to a file there, again and again over what it holds, and prints the latencies.</summary>
    public static void Run(DirectoryInfo directory)
    {
        var path = Path.Combine(directory.FullName, "flushes");
        using var file = new FileStream(
            path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
        var data = new byte[Bytes];
        Write(file, data, Places);
        var samples = new List<long>(Flushes);
        for (var i = 0; i < Flushes; i++)
        {
            file.Position = (long)(i % Places) * Bytes;
            var start = Stopwatch.GetTimestamp();
            Write(file, data, times: 1);
            samples.Add((long)Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        var latencies = new Latencies(samples);
        AnsiConsole.WriteLine(
            $"This disk keeps 16 KiB in {latencies.Percentile(50):0.0} ms (p50), {latencies.Percentile(99):0.0} (p99), "
            + $"{latencies.Percentile(99.9):0.0} (p99.9), {latencies.Percentile(100):0.0} (slowest of {Flushes}).");
    }

    private static void Write(FileStream file, byte[] data, int times)
    {
        for (var i = 0; i < times; i++)
        {
            file.Write(data);
        }

        file.Flush(flushToDisk: true);
    }
}
