using Sluice.Bench.Batch.Peers;
using Spectre.Console;

namespace Sluice.Bench.Batch;

/// <summary>
/// Lines without work: the simulated model answers in the worker's process, at once, and every answer is stored. Beside
/// it the same number of results from other queues, and what one thread does that only reads, hashes and writes lines.
/// </summary>
internal static class SpeedMeasure
{
    private const int SmallLines = 50_000;
    private const int WarmUps = 4;

    public static async Task<List<Verdict>> RunAsync(
        BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        await using var cluster = await BatchCluster.StartAsync(workers: 1, cancellationToken);
        var small = BatchInput.Create(Math.Min(SmallLines, settings.Lines));
        await RunAsync(cluster, small, WarmUps, "warm-up", cancellationToken);
        var smalls = await RunAsync(cluster, small, settings.Runs, "small batch", cancellationToken);
        var larges = settings.Lines == small.Lines
            ? smalls
            : await RunAsync(
                cluster, BatchInput.Create(settings.Lines), settings.Runs, "batch", cancellationToken);

        // Nothing but the servers runs beside the peers.
        await Task.WhenAll(cluster.Sluice.Services.Select(
            service => service.Process.StopAsync(cancellationToken: cancellationToken)));
        var (bullMq, pgBoss) = await PeersAsync(cluster, settings, cancellationToken);
        var large = Median(larges);
        WriteTable(settings, [Row(Median(smalls)), Row(large)], bullMq, pgBoss, SingleThread.LinesPerSecond(small));
        return [.. Judge(settings.PeerLines, Median(smalls), large, bullMq, pgBoss)];
    }

    private static async Task<List<BatchResult>> RunAsync(
        BatchCluster cluster, BatchInput input, int runs, string what, CancellationToken cancellationToken)
    {
        var results = new List<BatchResult>();
        for (var run = 0; run < runs; run++)
        {
            results.Add(await BatchRun.MeasureAsync(cluster, input, cancellationToken));
            AnsiConsole.MarkupLineInterpolated(
                $"[grey]{what}, {input.Lines} lines: {Figures.Rate(results[^1].LinesPerSecond)} lines/s[/]");
        }

        return results;
    }

    private static async Task<(PeerRun? BullMq, PeerRun? PgBoss)> PeersAsync(
        BatchCluster cluster, BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        if (settings.PeerLines == 0)
        {
            return (null, null);
        }

        var pgBoss = await QueuePeer.PgBoss.RunAsync(
            cluster.Sluice.Servers.PostgresUri.OriginalString, settings.PeerLines, settings.Runs, cancellationToken);
        var directory = Directory.CreateDirectory(Path.Combine(cluster.Directory, "redis"));
        await using var redis = await RedisServer.StartAsync(directory.FullName, cancellationToken);
        var bullMq = await QueuePeer.BullMq.RunAsync(
            redis.Address, settings.PeerLines, settings.Runs, cancellationToken);
        return (Median(bullMq), Median(pgBoss));
    }

    private static BatchResult Median(List<BatchResult> results) =>
        results.OrderBy(result => result.Elapsed).ElementAt(results.Count / 2);

    private static PeerRun Median(List<PeerRun> runs) => runs.OrderBy(run => run.Ended).ElementAt(runs.Count / 2);

    private static string[] Row(BatchResult result) =>
    [
        $"Sluice, {Figures.Rate(result.Lines)} lines",
        Figures.Rate(result.LinesPerSecond),
        Figures.Rate(WithUpload(result)),
        Figures.Milliseconds(result.Upload),
        Figures.Milliseconds(result.Validation),
        Figures.Milliseconds(result.Running),
        Figures.Milliseconds(result.Finalization),
        Figures.Milliseconds(result.Download),
    ];

    /// <summary>A peer's rate includes that its jobs are handed in.</summary>
    private static double WithUpload(BatchResult result) =>
        result.Lines / (result.Upload + result.Elapsed).TotalSeconds;

    private static void WriteTable(
        BatchBenchSettings settings, IEnumerable<string[]> rows, PeerRun? bullMq, PeerRun? pgBoss, double reference)
    {
        var table = new Table().Title($"lines without work, one worker, median of {settings.Runs}");
        foreach (var column in (string[])
            ["way", "lines/s", "with upload", "upload", "validation", "running", "finalization", "download"])
        {
            table.AddColumn(column);
        }

        foreach (var row in rows)
        {
            table.AddRow(row);
        }

        foreach (var (peer, run) in ((QueuePeer, PeerRun?)[])[(QueuePeer.BullMq, bullMq), (QueuePeer.PgBoss, pgBoss)])
        {
            if (run is not null)
            {
                table.AddRow(
                    $"{peer.Name}, {Figures.Rate(settings.PeerLines)} jobs", "",
                    Figures.Rate(settings.PeerLines / run.Ended.TotalSeconds), Figures.Milliseconds(run.Added));
            }
        }

        table.AddRow("one thread: read, hash, write", Figures.Rate(reference));
        AnsiConsole.Write(table);
    }

    private static IEnumerable<Verdict> Judge(
        int jobs, BatchResult small, BatchResult large, PeerRun? bullMq, PeerRun? pgBoss)
    {
        yield return Verdict.AtLeast(
            $"POST to completed, {large.Lines} lines", large.LinesPerSecond, 30_000, " lines/s");
        yield return Verdict.AtLeast(
            $"POST to completed, {small.Lines} lines", small.LinesPerSecond, 8_000, " lines/s");
        foreach (var (peer, run, target) in ((QueuePeer, PeerRun?, double)[])
            [(QueuePeer.BullMq, bullMq, 2), (QueuePeer.PgBoss, pgBoss, 3)])
        {
            if (run is not null)
            {
                var ratio = WithUpload(large) * run.Ended.TotalSeconds / jobs;
                yield return Verdict.AtLeast($"with upload, beside {peer.Name}", ratio, target, " ×");
            }
        }

        yield return Verdict.AtMost(
            $"validation of {small.Lines} lines", small.Validation.TotalMilliseconds, 400, " ms");
        yield return Verdict.AtMost(
            "last line to completed", large.Finalization.TotalMilliseconds, 300, " ms");
    }
}
