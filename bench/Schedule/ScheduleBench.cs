using System.CommandLine;
using System.Globalization;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Forecasts;
using Spectre.Console;

namespace Sluice.Bench.Schedule;

/// <summary>
/// <c>bench schedule</c>: batches over simulated days through the order of dispatch and the forecasts, beside first
/// come, first served over the same batches and workers. Nothing is started; a run takes seconds.
/// </summary>
internal static class ScheduleBench
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UnixEpoch.AddDays(20_000);

    public static Command Command()
    {
        var batches = Number("--batches", "Batches that are submitted.", 1_000);
        var days = Number("--days", "Simulated days over which they come.", 3);
        var seed = Number("--seed", "Makes the same batches again.", 1);
        var command = new Command("schedule", "Deadlines met against first come, first served, in simulated days.")
        {
            batches, days, seed,
        };
        command.SetAction(parsed => Run(new(
            parsed.GetValue(batches), TimeSpan.FromDays(parsed.GetValue(days)), parsed.GetValue(seed))));
        return command;
    }

    /// <summary>The same batches through one of the two orders.</summary>
    public static IReadOnlyList<SimulatedBatch> Simulate(ScheduleSettings settings, bool byAge)
    {
        var batches = SimulatedWorld.Create(settings, Begin);
        new ScheduleSimulation(batches, byAge, settings.Seed).Run();
        return batches;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static int Run(ScheduleSettings settings)
    {
        var fifo = Simulate(settings, byAge: true);
        var ours = Simulate(settings, byAge: false);
        var title = $"{settings.Batches} batches over {settings.Over.TotalDays} days, "
            + $"{ScheduleSettings.Workers} workers at {ScheduleSettings.Load:P0}";
        var table = new Table().Title(title);
        table.AddColumns("batches", "number", "met, by age", "met, Sluice", "median h, by age", "median h, Sluice");
        AddRow(table, "all", fifo, ours, _ => true);
        foreach (var shardClass in ShardClasses.All)
        {
            AddRow(table, shardClass.Name(), fifo, ours, b => b.Priority.Class == shardClass);
        }

        AddRow(table, "due within 2 h", fifo, ours, b => b.Deadline - b.CreatedAt <= TimeSpan.FromHours(2));
        AddRow(table, "up to 10 shards", fifo, ours, b => b.Shards <= 10);
        AnsiConsole.Write(table);
        var report = new ForecastReport(ours);
        AnsiConsole.Write(report.ToTable());
        (bool Reached, string Target)[] targets =
        [
            (Met(ours) > Met(fifo), "more deadlines met than by age"),
            (report.MedianError <= 0.5, "median error of the first forecast at most 50 %"),
            (Math.Abs(report.FirstWithin - ForecastErrors.Coverage) <= 0.1, "80 % ranges hold 70 to 90 % of the ends"),
            (report.FlaggedBefore >= 0.9, "9 of 10 batches that miss their deadline were flagged before"),
        ];
        foreach (var (reached, target) in targets)
        {
            AnsiConsole.MarkupLineInterpolated($"{(reached ? "reached" : "not reached")}: {target}");
        }

        return targets.Count(t => !t.Reached);
    }

    /// <summary>How many deadlines were met.</summary>
    public static int Met(IEnumerable<SimulatedBatch> batches) =>
        batches.Count(b => b.EndedAt is { } ended && ended <= b.Deadline);

    private static void AddRow(
        Table table, string name, IReadOnlyList<SimulatedBatch> fifo, IReadOnlyList<SimulatedBatch> ours,
        Func<SimulatedBatch, bool> which)
    {
        var (one, two) = (fifo.Where(which).ToList(), ours.Where(which).ToList());
        if (one.Count > 0)
        {
            table.AddRow(
                name, one.Count.ToString(CultureInfo.InvariantCulture), Part(Met(one), one.Count),
                Part(Met(two), two.Count), MedianHours(one), MedianHours(two));
        }
    }

    private static string MedianHours(IEnumerable<SimulatedBatch> batches)
    {
        var hours = batches.Where(b => b.EndedAt is not null)
            .Select(b => (b.EndedAt!.Value - b.CreatedAt).TotalHours).ToList();
        return hours.Count == 0 ? "-" : Figures.Median(hours).ToString("0.0", CultureInfo.InvariantCulture);
    }

    private static string Part(int some, int all) => ((double)some / all).ToString("P1", CultureInfo.InvariantCulture);
}
