using Spectre.Console;

namespace Sluice.Bench.Batch;

/// <summary>
/// A batch of a million lines without work, and small ones beside it: of a higher class, and of the same class and
/// tenant. At its end, the most memory that each process ever had.
/// </summary>
internal static class LargeMeasure
{
    private const int SmallLines = 10;
    private const int WarmUpLines = 50_000;
    private const int SmallWarmUps = 5;
    private const double MaxMegabytes = 400;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task<List<Verdict>> RunAsync(
        BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        await using var cluster = await BatchCluster.StartAsync(workers: 1, cancellationToken);
        await BatchRun.MeasureAsync(cluster, BatchInput.Create(WarmUpLines), cancellationToken);
        var small = BatchInput.Create(SmallLines);
        for (var run = 0; run < SmallWarmUps; run++)
        {
            await BatchRun.MeasureAsync(cluster, small, cancellationToken, "high");
            await BatchRun.MeasureAsync(cluster, small, cancellationToken);
        }

        var large = BatchRun.MeasureAsync(cluster, BatchInput.Create(settings.LargeLines), cancellationToken);
        var (higher, same) = (new List<BatchResult>(), new List<BatchResult>());
        while (await IsRunningAsync(cluster, large, cancellationToken))
        {
            var isHigher = higher.Count <= same.Count;
            var result = await BatchRun.MeasureAsync(cluster, small, cancellationToken, isHigher ? "high" : null);
            (isHigher ? higher : same).Add(result);
            AnsiConsole.MarkupLineInterpolated(
                $"[grey]beside it, {(isHigher ? "higher" : "same")} class: {Figures.Milliseconds(result.Elapsed)}[/]");
        }

        return Report(await large, higher, same, ProcessMemory.Peaks(cluster.Sluice));
    }

    /// <summary>Waits a moment, and until the large batch is in progress.</summary>
    private static async Task<bool> IsRunningAsync(
        BatchCluster cluster, Task<BatchResult> large, CancellationToken cancellationToken)
    {
        do
        {
            await Task.WhenAny(large, Task.Delay(Pause, cancellationToken));
        }
        while (!large.IsCompleted && !await cluster.Clock.IsAnyRunningAsync(cancellationToken));

        return !large.IsCompleted && await cluster.Clock.IsAnyRunningAsync(cancellationToken);
    }

    private static List<Verdict> Report(
        BatchResult large, List<BatchResult> higher, List<BatchResult> same,
        IReadOnlyList<(string Process, double Megabytes)> memory)
    {
        var table = new Table().Title(
            $"{Figures.Rate(large.Lines)} lines: {Figures.Rate(large.LinesPerSecond)} lines/s, upload "
            + $"{Figures.Milliseconds(large.Upload)}, validation {Figures.Milliseconds(large.Validation)}, "
            + "finalization " + Figures.Milliseconds(large.Finalization));
        table.AddColumns("batches of 10 lines beside it", "number", "fastest", "median", "slowest");
        AddRow(table, "higher class", higher);
        AddRow(table, "same class and tenant", same);
        AnsiConsole.Write(table);
        foreach (var (process, megabytes) in memory.Take(5))
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{process}: {Figures.Rate(megabytes)} MB at most[/]");
        }

        return
        [
            Verdict.AtMost("10 lines beside it, higher class, slowest", Slowest(higher), 1_000, " ms"),
            Verdict.AtMost("10 lines beside it, same class and tenant, slowest", Slowest(same), 3_000, " ms"),
            Verdict.AtMost(
                $"{Figures.Rate(large.Lines)} lines, largest process ({memory[0].Process})", memory[0].Megabytes,
                MaxMegabytes, " MB"),
        ];
    }

    private static void AddRow(Table table, string which, List<BatchResult> results)
    {
        var times = results.Select(result => result.Elapsed).Order().ToList();
        if (times.Count > 0)
        {
            table.AddRow(
                which, $"{times.Count}", Figures.Milliseconds(times[0]), Figures.Milliseconds(times[times.Count / 2]),
                Figures.Milliseconds(times[^1]));
        }
    }

    /// <summary>Not a number, which reaches no target, when there was none.</summary>
    private static double Slowest(List<BatchResult> results) =>
        results.Count == 0 ? double.NaN : results.Max(result => result.Elapsed.TotalMilliseconds);
}
