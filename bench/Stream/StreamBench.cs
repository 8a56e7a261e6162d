using System.CommandLine;
using Sluice.LocalCluster.Processes;
using Spectre.Console;

namespace Sluice.Bench.Stream;

/// <summary>
/// <c>bench stream</c>: first token and token latency of the simulated model, directly, through a bare YARP, and
/// through gateway and streaming, without and with the log, in one run on one machine.
/// </summary>
internal static class StreamBench
{
    /// <summary>
    /// Makes this process's socket completions run where they are noticed; the children keep the default.
    /// </summary>
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    private const int FirstTokenStreams = 100;
    private const int TokenStreams = 500;
    private const int TokensPerSecond = 50;

    public static Command Command()
    {
        var seconds = new Option<int>("--seconds")
        {
            Description = "Length of the token load per way.",
            DefaultValueFactory = _ => 10,
        };
        var command = new Command("stream", "First token and token latency against the model alone and a bare YARP.")
        {
            seconds,
        };
        command.SetAction((parsed, _) => RunAsync(TimeSpan.FromSeconds(parsed.GetValue(seconds))));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan duration)
    {
        Environment.SetEnvironmentVariable(InlineCompletions, "1");
        await using var processes = await StreamProcesses.StartAsync();
        var results = new List<StreamResult>();
        foreach (var target in processes.Targets)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{target.Name}: warming up[/]");
            await StreamLoad.FirstTokensAsync(target, FirstTokenStreams, rounds: 250);
            await StreamLoad.TokensAsync(target, TokenStreams, TokensPerSecond, TimeSpan.FromSeconds(4));
        }

        foreach (var target in processes.Targets)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{target.Name}: measuring[/]");
            var first = await StreamLoad.FirstTokensAsync(target, FirstTokenStreams, rounds: 20);
            var before = processes.CpuTimes();
            var tokens = await StreamLoad.TokensAsync(target, TokenStreams, TokensPerSecond, duration);
            var cpu = processes.CpuSince(before, TokenStreams * TokensPerSecond * duration.TotalSeconds);
            results.Add(new StreamResult(target, first, tokens, cpu));
        }

        return Report(results);
    }

    private static int Report(List<StreamResult> results)
    {
        var table = new Table().Title(
            $"first token: {FirstTokenStreams} at once; tokens: {TokenStreams} streams × {TokensPerSecond}/s; in ms");
        foreach (var column in (string[])["way", "first p50", "p95", "p99", "token p50", "p95", "p99", "CPU µs/token"])
        {
            table.AddColumn(column);
        }

        foreach (var result in results)
        {
            table.AddRow(
                result.Target.Name,
                Text(result.First, 50), Text(result.First, 95), Text(result.First, 99),
                Text(result.Tokens, 50), Text(result.Tokens, 95), Text(result.Tokens, 99),
                result.Cpu);
        }

        AnsiConsole.Write(table);
        return results.Count(result => !IsReached(result, results[0]));
    }

    private static bool IsReached(StreamResult result, StreamResult direct)
    {
        if (result.Target.AllowedMs is not { } allowed)
        {
            return true;
        }

        var first = result.First.Percentile(95) - direct.First.Percentile(95);
        var token = result.Tokens.Percentile(99) - direct.Tokens.Percentile(99);
        var name = result.Target.Name;
        AnsiConsole.MarkupLine($"{name}: first token p95: direct + {first:0.0} ms (target + {allowed:0})");
        AnsiConsole.MarkupLine($"{name}: token latency p99: direct + {token:0.0} ms (target + {allowed:0})");
        return first <= allowed && token <= allowed;
    }

    private static string Text(Latencies latencies, double percent) => latencies.Percentile(percent).ToString("0.0");
}
