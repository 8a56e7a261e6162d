using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.Bench.Batch;

/// <summary>Lines that wait 100 ms each, as for a model that answers in that time: with 1, 2 and 4 workers.</summary>
internal static class ScalingMeasure
{
    private const int WarmUps = 3;

    private static readonly (int Workers, double Target)[] Steps = [(4, 3.7), (2, 1.95)];

    public static async Task<List<Verdict>> RunAsync(
        BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        await using var cluster = await BatchCluster.StartAsync(Steps[0].Workers, cancellationToken);
        var input = BatchInput.Create(settings.WaitingLines, " first_ms=100");
        for (var run = 0; run < WarmUps; run++)
        {
            await BatchRun.MeasureAsync(cluster, input, cancellationToken);
        }

        // Workers only leave: one that comes would still be compiling.
        var results = new Dictionary<int, BatchResult>();
        foreach (var workers in Steps.Select(step => step.Workers).Append(1))
        {
            await KeepAsync(cluster, workers, cancellationToken);
            results[workers] = await BatchRun.MeasureAsync(cluster, input, cancellationToken);
            AnsiConsole.MarkupLineInterpolated(
                $"[grey]{workers} worker(s): {Figures.Rate(results[workers].LinesPerSecond)} lines/s[/]");
        }

        var table = new Table().Title($"{Figures.Rate(settings.WaitingLines)} lines that wait 100 ms");
        table.AddColumns("workers", "lines/s", "×", "validation", "running", "finalization");
        foreach (var (workers, result) in results.OrderBy(result => result.Key))
        {
            table.AddRow(
                $"{workers}", Figures.Rate(result.LinesPerSecond), Figures.Decimals(Ratio(workers)),
                Figures.Milliseconds(result.Validation), Figures.Milliseconds(result.Running),
                Figures.Milliseconds(result.Finalization));
        }

        AnsiConsole.Write(table);
        return
        [
            .. Steps.Select(step => Verdict.AtLeast(
                $"{step.Workers} workers beside one, lines that wait", Ratio(step.Workers), step.Target, " ×")),
        ];

        double Ratio(int workers) => results[workers].LinesPerSecond / results[1].LinesPerSecond;
    }

    private static Task KeepAsync(BatchCluster cluster, int workers, CancellationToken cancellationToken) =>
        Task.WhenAll(cluster.Sluice.Services
            .Where(service => service.Kind == ServiceKind.BatchWorker && service.Number > workers)
            .Select(worker => worker.Process.StopAsync(cancellationToken: cancellationToken)));
}
