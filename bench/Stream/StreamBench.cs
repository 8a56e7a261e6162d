using System.CommandLine;
using Sluice.LocalCluster.Processes;
using Spectre.Console;

namespace Sluice.Bench.Stream;

/// <summary>
/// <c>bench stream</c>: first token, token latency and highest rate of the simulated model, directly, through a bare
/// YARP, and through gateway and streaming, without and with the log, in one run on one machine.
/// </summary>
internal static class StreamBench
{
    /// <summary>
    /// Makes this process's socket completions run where they are noticed; the children keep the default.
    /// </summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const int FirstTokenStreams = 100;
    private const int FewStreams = 200;
    private const int ManyStreams = 500;
    private const int TokensPerSecond = 50;

    private const string Logged = "logged";
    private const string Unlogged = "not logged";

    /// <summary>Columns of the table, also where the output is a file.</summary>
    private const int MinWidth = 200;

    private static readonly string AtOnce = $"first token, {FirstTokenStreams} at once";
    private static readonly string Running = $"first token, {FirstTokenStreams} running";

    public static Command Command()
    {
        var seconds = new Option<int>("--seconds")
        {
            Description = "Length of the token load per way.",
            DefaultValueFactory = _ => 10,
        };
        var way = new Option<string>("--way")
        {
            Description = $"Measures only this way of Sluice, '{Logged}' or '{Unlogged}', beside its references.",
        };
        way.AcceptOnlyFromAmong(Logged, Unlogged);
        var rounds = new Option<int>("--rounds")
        {
            Description = $"How often {FirstTokenStreams} requests are sent at once per way.",
            DefaultValueFactory = _ => 200,
        };
        var windows = new Option<int>("--windows")
        {
            Description = "How often the token load is run per way.",
            DefaultValueFactory = _ => 3,
        };
        windows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--windows must be at least 1.");
            }
        });
        var command = new Command("stream", "First token and token latency against the model alone and a bare YARP.")
        {
            seconds,
            rounds,
            windows,
            way,
        };
        command.SetAction((parsed, _) => RunAsync(
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(rounds),
            parsed.GetValue(windows),
            parsed.GetValue(way)));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan duration, int rounds, int windows, string? way)
    {
        Environment.SetEnvironmentVariable(InlineCompletions, "1");
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, MinWidth);
        await using var processes = await StreamProcesses.StartAsync();
        DiskMeasure.Run(processes.Data);
        var results = new List<StreamResult>();
        List<StreamTarget> targets =
            [.. processes.Targets.Where(t => way is null || t.Allowed is null || t.Name == $"Sluice, {way}")];
        foreach (var target in targets)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{target.Name}: warming up[/]");
            await StreamLoad.FirstTokensAsync(target, FirstTokenStreams, rounds: 250);
            await StreamLoad.TokensAsync(target, ManyStreams, TokensPerSecond, TimeSpan.FromSeconds(6));
        }

        foreach (var target in targets)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{target.Name}: measuring[/]");
            var atOnce = await StreamLoad.FirstTokensAsync(target, FirstTokenStreams, rounds);
            var running = await StreamLoad.RunningFirstTokensAsync(
                target, FirstTokenStreams, TokensPerSecond, duration);
            var few = await WindowsAsync(target, FewStreams, duration, windows);
            var before = processes.CpuTimes();
            var many = await WindowsAsync(target, ManyStreams, duration, windows);
            var tokens = (double)windows * ManyStreams * StreamLoad.TokensOfEach(TokensPerSecond, duration);
            var cpu = processes.CpuSince(before, tokens);
            results.Add(new StreamResult(target, atOnce, running, few, many) { Cpu = cpu });
        }

        return Report(results) + (way == Unlogged ? 0 : await RateMeasure.RunAsync(processes));
    }

    private static async Task<LatencyWindows> WindowsAsync(
        StreamTarget target, int streams, TimeSpan duration, int windows)
    {
        var all = new List<Latencies>();
        while (all.Count < windows)
        {
            all.Add(await StreamLoad.TokensAsync(target, streams, TokensPerSecond, duration));
        }

        return new LatencyWindows(all);
    }

    private static int Report(List<StreamResult> results)
    {
        var table = new Table().Title(
            $"in ms; running: streams × {TokensPerSecond}/s; tokens: so many streams × {TokensPerSecond}/s, the median "
            + "window and the worst");
        table.AddColumns("way", $"{AtOnce}: p50", "p95", "p99", $"{Running}: p50", "p95", "p99");
        table.AddColumns($"{FewStreams}: p50", "p95", "p99", "worst");
        table.AddColumns($"{ManyStreams}: p50", "p95", "p99", "worst", "CPU µs/token");
        foreach (var result in results)
        {
            table.AddRow(
                result.Target.Name,
                Text(result.FirstAtOnce, 50), Text(result.FirstAtOnce, 95), Text(result.FirstAtOnce, 99),
                Text(result.FirstRunning, 50), Text(result.FirstRunning, 95), Text(result.FirstRunning, 99),
                Text(result.TokensFew, 50), Text(result.TokensFew, 95), Text(result.TokensFew, 99),
                Text(result.TokensFew.Worst(99)),
                Text(result.TokensMany, 50), Text(result.TokensMany, 95), Text(result.TokensMany, 99),
                Text(result.TokensMany.Worst(99)),
                result.Cpu);
        }

        AnsiConsole.Write(table);
        return results.Sum(result => Missed(result, direct: results[0], peer: results[1]));
    }

    /// <summary>How many targets of a way were missed; what the peer takes above direct stands beside them.</summary>
    private static int Missed(StreamResult result, StreamResult direct, StreamResult peer)
    {
        if (result.Target.Allowed is not { } allowed)
        {
            return 0;
        }

        return Judge($"{AtOnce}, p95", allowed.First, r => r.FirstAtOnce.Percentile(95))
            + Judge($"{Running}, p95", allowed.First, r => r.FirstRunning.Percentile(95))
            + (allowed.TokenFew is { } few
                ? Judge($"token p99, {FewStreams}", few, r => r.TokensFew.Median(99))
                : 0)
            + Judge($"token p99, {ManyStreams}", allowed.TokenMany, r => r.TokensMany.Median(99));

        int Judge(string figure, double allowedMs, Func<StreamResult, double> of)
        {
            var above = of(result) - of(direct);
            AnsiConsole.WriteLine(
                $"{result.Target.Name}: {figure}: direct + {above:0.0} ms "
                + $"(target + {allowedMs:0}; {peer.Target.Name} + {of(peer) - of(direct):0.0})");
            return above <= allowedMs ? 0 : 1;
        }
    }

    private static string Text(Latencies latencies, double percent) => Text(latencies.Percentile(percent));

    private static string Text(LatencyWindows windows, double percent) => Text(windows.Median(percent));

    private static string Text(double milliseconds) => milliseconds.ToString("0.0");
}
