using System.CommandLine;
using Spectre.Console;

namespace Sluice.Bench.Batch;

/// <summary>
/// <c>bench batch</c>: batches on a whole private Sluice with the in-process simulated model. How fast lines without
/// work go, beside two other queues in the same run; how the rate grows with workers; and what a very large batch takes
/// of memory, and of the time of a small one beside it.
/// </summary>
internal static class BatchBench
{
    private static readonly Dictionary<string, Func<BatchBenchSettings, CancellationToken, Task<List<Verdict>>>>
        Measures = new(StringComparer.Ordinal)
        {
            ["speed"] = SpeedMeasure.RunAsync,
            ["scaling"] = ScalingMeasure.RunAsync,
            ["large"] = LargeMeasure.RunAsync,
        };

    /// <summary>Columns of the widest table, also where the output is no terminal.</summary>
    private const int MinWidth = 130;

    public static Command Command()
    {
        var measure = new Option<string[]>("--measure")
        {
            Description = "What to measure; may be given several times. Default: all, one after the other.",
            DefaultValueFactory = _ => [.. Measures.Keys],
        };
        measure.AcceptOnlyFromAmong([.. Measures.Keys]);
        var lines = Number("--lines", "speed: lines of a batch, 100 to 1,000,000.", 500_000);
        var peers = Number("--peer-lines", "speed: jobs of the other queues, 0 for none of them.", 50_000);
        var runs = Number("--runs", "speed: measured runs, after four small ones that warm up; the median counts.", 3);
        var waiting = Number("--waiting-lines", "scaling: lines that wait 100 ms.", 100_000);
        var large = Number("--large-lines", "large: lines of the large batch, up to 1,000,000.", 1_000_000);
        var command = new Command("batch", "Lines per second of batches, scaling, small batches beside a large one.")
        {
            measure, lines, peers, runs, waiting, large,
        };
        command.SetAction((parsed, token) => RunAsync(
            parsed.GetValue(measure)!,
            new(parsed.GetValue(lines), parsed.GetValue(peers), parsed.GetValue(runs), parsed.GetValue(waiting),
                parsed.GetValue(large)),
            token));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> RunAsync(
        string[] measures, BatchBenchSettings settings, CancellationToken cancellationToken)
    {
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, MinWidth);
        var verdicts = new List<Verdict>();
        foreach (var measure in measures)
        {
            verdicts.AddRange(await Measures[measure](settings, cancellationToken));
        }

        foreach (var verdict in verdicts)
        {
            AnsiConsole.MarkupLineInterpolated($"{(verdict.IsReached ? "reached" : "not reached")}: {verdict.Text}");
        }

        return verdicts.Count(verdict => !verdict.IsReached);
    }
}
