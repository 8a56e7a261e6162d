using Spectre.Console;

namespace Sluice.Bench.Stream;

/// <summary>Tokens per second when the model does not wait: the most that a way carries.</summary>
internal static class RateMeasure
{
    private const int Streams = 50;
    private const int Tokens = 4_000;
    private const int Runs = 5;

    /// <summary>Logged and delivered by one instance on 2 cores, the client among them.</summary>
    private const double Target = 50_000;

    /// <summary>Returns how many targets were missed.</summary>
    public static async Task<int> RunAsync(StreamProcesses processes)
    {
        var table = new Table().Title($"tokens/s, {Streams} streams of a model that does not wait");
        table.AddColumns("way", "median", "lowest", "highest");
        var median = 0.0;
        foreach (var target in processes.Targets.Append(processes.Instance))
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{target.Name}: without a pause[/]");
            await StreamLoad.RateAsync(target, Streams, Tokens);
            var rates = new List<double>();
            for (var run = 0; run < Runs; run++)
            {
                rates.Add(await StreamLoad.RateAsync(target, Streams, Tokens));
            }

            median = Figures.Median(rates);
            table.AddRow(target.Name, Figures.Rate(median), Figures.Rate(rates.Min()), Figures.Rate(rates.Max()));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(
            $"{processes.Instance.Name}: {Figures.Rate(median)} tokens/s (target {Figures.Rate(Target)} or more)");
        return median >= Target ? 0 : 1;
    }
}
