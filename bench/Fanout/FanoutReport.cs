using Spectre.Console;

namespace Sluice.Bench.Fanout;

/// <summary>The table and the verdicts.</summary>
internal static class FanoutReport
{
    public static void WriteStep(int intervalMs, FanoutResult result) => AnsiConsole.MarkupLineInterpolated(
        $"[grey]  an event every {intervalMs} ms: {Figures.Rate(result.Rate)}/s, p99 {Ms(result, 99)} ms, {
            result.Incomplete} incomplete[/]");

    public static void WriteRound(FanoutRound round) => AnsiConsole.MarkupLineInterpolated(
        $"[grey]  p50 {Ms(round.Result, 50)}, p99 {Ms(round.Result, 99)} ms, CPU {round.CpuMicroseconds:0.0} µs, {
            round.Result.Incomplete} incomplete[/]");

    /// <summary>Number of targets that were missed.</summary>
    public static int Write(FanoutSettings settings, IReadOnlyList<FanoutFigures> figures)
    {
        var table = new Table().Title(
            $"latency: {settings.Readers} readers × {settings.PerSecond}/s, in ms; highest rate: {settings.Crowd} "
            + $"readers; late: {settings.LateEvents} events; idle: {settings.Idle} readers");
        foreach (var column in (string[])
            ["way", "p50", "p95", "p99", "CPU µs", "lost", "high k/s", "late ms", "idle KiB"])
        {
            table.AddColumn(column);
        }

        foreach (var row in figures)
        {
            table.AddRow(
                row.Way, Ms(row.Steady.Result, 50), Ms(row.Steady.Result, 95), Ms(row.Steady.Result, 99),
                row.Steady.CpuMicroseconds.ToString("0.0"),
                row.Steady.Result.Incomplete.ToString(),
                (row.HighestRate / 1_000).ToString("#,0.0"),
                row.LateMs.ToString("0.0"),
                row.IdleBytes is { } idle ? (idle / 1_024).ToString("0.0") : "");
        }

        AnsiConsole.Write(table);
        var verdicts = FanoutTargets.Judge(figures[0], figures[1], figures[2]).ToList();
        foreach (var (text, isReached) in verdicts)
        {
            AnsiConsole.MarkupLineInterpolated($"{(isReached ? "reached" : "not reached")}: {text}");
        }

        return verdicts.Count(verdict => !verdict.IsReached);
    }

    private static string Ms(FanoutResult result, double percent) =>
        result.Latencies.Percentile(percent).ToString("0.0");
}
