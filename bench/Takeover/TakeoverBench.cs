using System.CommandLine;
using Npgsql;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.Bench.Takeover;

/// <summary>
/// <c>bench takeover</c>: how long a reader waits for the next token when the process that generates its answer is
/// killed, and when it is asked to stop; two streaming services, a provider that goes on with the start of an answer.
/// </summary>
internal static class TakeoverBench
{
    private const int EventsBefore = 100;
    private const int EventsAfter = 200;

    private static readonly Dictionary<string, string> s_prefix = new()
    {
        ["Inference__Providers__prefix__Kind"] = "Simulated",
        ["Inference__Providers__prefix__Continuation"] = "AssistantPrefix",
        ["Inference__Providers__prefix__Models__0"] = TakeoverReader.Model,
    };

    private static readonly (string Name, Signal Signal, TimeSpan Target)[] s_ends =
    [
        ("kill -9", Signal.Kill, TimeSpan.FromSeconds(5)),
        ("SIGTERM", Signal.Terminate, TimeSpan.FromSeconds(1)),
    ];

    public static Command Command()
    {
        var rounds = Number("--rounds", "Ends of each kind.", 10);
        var delay = Number("--delay-ms", "Pace of the answer.", 10);
        var command = new Command("takeover", "The next token after the end of the process that generates.")
        {
            rounds, delay,
        };
        command.SetAction((parsed, token) =>
            RunAsync(new(parsed.GetValue(rounds), parsed.GetValue(delay)), token));
        return command;
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    private static async Task<int> RunAsync(TakeoverSettings settings, CancellationToken cancellation)
    {
        var data = BenchDirectory.Create();
        var missed = 0;
        try
        {
            await using var cluster = await SluiceCluster.StartAsync(
                new ClusterOptions
                {
                    Servers = new ServersOptions { DataDirectory = data.FullName }.WithEnvironment(),
                    Streaming = 2,
                    Workers = 0,
                    Environment = (kind, _) => kind == ServiceKind.Streaming ? s_prefix : [],
                },
                cancellation);
            foreach (var (name, signal, target) in s_ends)
            {
                var silences = new List<double>();
                for (var round = 1; round <= settings.Rounds; round++)
                {
                    silences.Add((await MeasureAsync(cluster, signal, settings)).TotalMilliseconds);
                    AnsiConsole.MarkupLineInterpolated($"[grey]{name}, round {round}: {silences[^1]:#,0} ms[/]");
                }

                var isReached = silences.Max() <= target.TotalMilliseconds;
                missed += isReached ? 0 : 1;
                AnsiConsole.MarkupLineInterpolated(
                    $"{(isReached ? "reached" : "not reached")}: next token after {name}: median {
                        Figures.Median(silences):#,0} ms, max {silences.Max():#,0} ms (target {
                        Figures.Milliseconds(target)} or less)");
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }

        return missed;
    }

    private static async Task<TimeSpan> MeasureAsync(
        SluiceCluster cluster, Signal signal, TakeoverSettings settings)
    {
        using var reader = new TakeoverReader(cluster.Url);
        await reader.StartAsync(tokens: 100_000, settings.DelayMs);
        await reader.ReadAsync(EventsBefore);
        var owner = await OwnerAsync(cluster, reader.Id);
        var pid = owner.Process.Pid;
        owner.Process.Send(signal);
        reader.ForgetSilence();
        await reader.ReadAsync(EventsAfter);

        // A process that was asked to stop serves this reader until it leaves, and its answer would be taken over again
        // in each of the next rounds.
        await reader.CancelAsync();
        reader.Dispose();
        while (owner.Process.Pid is null || owner.Process.Pid == pid)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        await owner.WaitUntilReadyAsync();
        return reader.LongestSilence;
    }

    private static async Task<ClusterService> OwnerAsync(SluiceCluster cluster, string id)
    {
        await using var dataSource = NpgsqlDataSource.Create(PostgresConnection.FromUri(cluster.Servers.PostgresUri));
        await using var command = dataSource.CreateCommand(
            """
            SELECT i.address FROM streaming.responses r JOIN streaming.instances i ON i.id = r.owner WHERE r.id = $1
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.ParseExact(id, "N") });
        var address = new Uri((string)(await command.ExecuteScalarAsync())!);
        return cluster.Services.Single(service => service.Http2Url == address);
    }
}
