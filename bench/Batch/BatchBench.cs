using System.CommandLine;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.Bench.Batch;

/// <summary>
/// <c>bench batch</c>: lines per second from the POST of a batch to <c>completed</c>, on a whole private Sluice with
/// one worker and the in-process simulated model without delays. Beside it, in the same run, what one thread manages
/// that does nothing but read, hash and write the same lines: the ratio stays meaningful on a slower or busier
/// machine.
/// </summary>
internal static class BatchBench
{
    public static Command Command()
    {
        var lines = Number("--lines", "Lines of the batch, 100 to 50,000.", 50_000);
        var runs = Number("--runs", "Measured batches, after one that warms up; the median counts.", 3);
        var workers = Number("--workers", "Batch workers.", 1);
        var atLeast = Number("--at-least", "Lines per second below which the exit code is 1.", 8_000);
        var command = new Command("batch", "Lines per second of a batch, from its POST to completed.")
        {
            lines, runs, workers, atLeast,
        };
        command.SetAction((parsed, token) => RunAsync(
            new(parsed.GetValue(lines), parsed.GetValue(runs), parsed.GetValue(workers), parsed.GetValue(atLeast)),
            token));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> RunAsync(BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        var input = BatchInput.Create(settings.Lines);
        var data = BenchDirectory.Create();
        var results = new List<BatchResult>();
        try
        {
            await using var cluster = await StartAsync(settings, data.FullName, cancellationToken);
            using var client = new BatchClient(cluster.Url);
            await using var clock = new BatchClock(cluster.Servers.PostgresUri);
            for (var run = 0; run <= settings.Runs; run++)
            {
                var result = await BatchRun.MeasureAsync(client, clock, input, cancellationToken);
                AnsiConsole.MarkupLineInterpolated(
                    $"[grey]{(run == 0 ? "warm-up" : "run " + run)}: {Figures.Rate(result.LinesPerSecond)} lines/s[/]");
                if (run > 0)
                {
                    results.Add(result);
                }
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }

        return Report(settings, input, results);
    }

    private static Task<SluiceCluster> StartAsync(
        BatchBenchSettings settings, string data, CancellationToken cancellationToken) =>
        SluiceCluster.StartAsync(
            new ClusterOptions
            {
                Servers = new ServersOptions { DataDirectory = data }.WithEnvironment(),
                Workers = settings.Workers,
                RestartWhenDead = false,
            },
            cancellationToken);

    private static int Report(BatchBenchSettings settings, BatchInput input, List<BatchResult> results)
    {
        var reference = SingleThread.LinesPerSecond(input);
        var median = results.OrderBy(r => r.LinesPerSecond).ElementAt(results.Count / 2);
        var title = $"{settings.Lines} lines, {settings.Workers} worker(s), median of {results.Count}";
        var table = new Table().Title(title);
        table.AddColumns("figure", "value");
        table.AddRow("lines/s, POST to completed", Figures.Rate(median.LinesPerSecond));
        table.AddRow("lowest", Figures.Rate(results.Min(r => r.LinesPerSecond)));
        table.AddRow("highest", Figures.Rate(results.Max(r => r.LinesPerSecond)));
        table.AddRow("POST to in_progress", Figures.Milliseconds(median.Validation));
        table.AddRow("in_progress to last line", Figures.Milliseconds(median.Running));
        table.AddRow("last line to completed", Figures.Milliseconds(median.Finalization));
        table.AddRow("upload of the file", Figures.Milliseconds(median.Upload));
        table.AddRow("download of the results", Figures.Milliseconds(median.Download));
        table.AddRow("one thread: read, hash, write, lines/s", Figures.Rate(reference));
        var ratio = median.LinesPerSecond / reference;
        table.AddRow("ratio to it", Figures.Ratio(ratio));
        AnsiConsole.Write(table);
        var isFast = median.LinesPerSecond >= settings.AtLeast;
        AnsiConsole.MarkupLineInterpolated(
            $"{(isFast ? "reached" : "not reached")}: at least {Figures.Rate(settings.AtLeast)} lines/s");
        return isFast ? 0 : 1;
    }
}
