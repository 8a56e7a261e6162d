using System.CommandLine;
using Sluice.Bench.Stream;
using Spectre.Console;

namespace Sluice.Bench.Fanout;

/// <summary>
/// <c>bench fanout</c>: many readers of one stream, at the streaming service, through the gateway, through a bare YARP
/// and nginx as relays, and at nginx with Nchan, which gets the same events and has the same readers, in one run.
/// </summary>
internal static class FanoutBench
{
    private const int LateJoins = 5;

    /// <summary>With the usual 10 s: .NET still compiles what it runs for about half a minute.</summary>
    private const int WarmUpRounds = 2;

    /// <summary>Joining takes longer on a machine that is busy: a second for every 500 readers, and one more.</summary>
    private const double JoinsPerSecond = 500;

    public static Command Command()
    {
        var readers = Number("--readers", "Readers of the latency measurement.", 1_000);
        var rate = Number("--rate", "Its events per second, at most 1,000.", 50);
        var seconds = Number("--seconds", "Its length.", 10);
        var rounds = Number("--rounds", "Its rounds, each over all ways.", 5);
        var crowd = Number("--crowd", "Readers of the search for the highest rate.", 3_000);
        var late = Number("--late-events", "Events that a late reader finds, at most 30,000.", 10_000);
        var idle = Number("--idle", "Readers of a silent stream.", 5_000);
        rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--rounds must be at least 1.");
            }
        });
        var command = new Command("fanout", "Many readers of one stream, against nginx with Nchan.")
        {
            readers, rate, seconds, rounds, crowd, late, idle,
        };
        command.SetAction((parsed, _) => RunAsync(new(
            parsed.GetValue(readers), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rounds), parsed.GetValue(crowd), parsed.GetValue(late), parsed.GetValue(idle))));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> RunAsync(FanoutSettings settings)
    {
        Environment.SetEnvironmentVariable(StreamBench.InlineCompletions, "1");
        await using var processes = await FanoutProcesses.StartAsync();
        var figures = new List<FanoutFigures>();
        var (peer, direct) = (processes.Ways[0], processes.Ways[1]);

        // Memory first, while the processes have only just begun: later they have room left from the loads.
        var idle = new Dictionary<IFanoutWay, double>();
        foreach (var way in (IFanoutWay[])[peer, direct])
        {
            Say(way, "idle readers");
            await FanoutRun.IdleAsync(way, Math.Min(100, settings.Idle));
            idle[way] = await FanoutRun.IdleAsync(way, settings.Idle);
        }

        for (var round = 0; round < WarmUpRounds; round++)
        {
            foreach (var way in processes.Ways)
            {
                Say(way, "warming up");
                await FanoutRun.MeasureAsync(way, settings.Readers, Script(settings, settings.Duration));
            }
        }

        // In turns: what the machine does in some minutes falls on all of them.
        var steady = processes.Ways.ToDictionary(way => way, _ => new List<FanoutRound>());
        for (var round = 0; round < settings.Rounds; round++)
        {
            foreach (var way in processes.Ways)
            {
                steady[way].Add(await SteadyAsync(way, settings));
            }
        }

        foreach (var way in processes.Ways)
        {
            double? bytes = idle.TryGetValue(way, out var measured) ? measured : null;
            figures.Add(await MeasureAsync(way, settings, FanoutRound.Median(steady[way]), bytes));
        }

        return FanoutReport.Write(settings, figures);
    }

    private static async Task<FanoutRound> SteadyAsync(IFanoutWay way, FanoutSettings settings)
    {
        Say(way, "latency");
        var before = way.CpuTime;
        var result = await FanoutRun.MeasureAsync(way, settings.Readers, Script(settings, settings.Duration));
        var round = new FanoutRound(
            result, (way.CpuTime - before).TotalMicroseconds / Math.Max(1, result.Latencies.Count));
        FanoutReport.WriteRound(round);
        return round;
    }

    private static async Task<FanoutFigures> MeasureAsync(
        IFanoutWay way, FanoutSettings settings, FanoutRound steady, double? idle)
    {
        Say(way, "late reader");
        var late = await FanoutRun.JoinLateAsync(way, settings.LateEvents, LateJoins);
        Say(way, "highest rate");
        var highest = await FanoutRun.HighestAsync(
            way, settings.Crowd, JoinTime(settings.Crowd), (step, result) => FanoutReport.WriteStep(step, result));
        return new FanoutFigures(way.Name, steady, highest, Figures.Median(late), idle);
    }

    private static FanoutScript Script(FanoutSettings settings, TimeSpan duration) => new(
        (int)(settings.PerSecond * duration.TotalSeconds),
        TimeSpan.FromMilliseconds(1_000 / settings.PerSecond),
        JoinTime(settings.Readers));

    private static TimeSpan JoinTime(int readers) => TimeSpan.FromSeconds(1 + Math.Ceiling(readers / JoinsPerSecond));

    private static void Say(IFanoutWay way, string what) =>
        AnsiConsole.MarkupLineInterpolated($"[grey]{way.Name}: {what}[/]");
}
