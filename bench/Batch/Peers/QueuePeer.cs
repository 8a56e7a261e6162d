using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.Bench.Batch.Peers;

/// <summary>Another queue, driven by a Node program of <c>bench/peers</c>.</summary>
/// <param name="Name">As shown.</param>
/// <param name="Program">File in <c>bench/peers</c>.</param>
/// <param name="Processes">Worker processes; one more adds the jobs.</param>
/// <param name="Concurrency">Jobs, or batches of jobs, that each of them has in hand.</param>
internal sealed record QueuePeer(string Name, string Program, int Processes, int Concurrency)
{
    /// <summary>For all runs of a peer: a worker process that dies would never end one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static QueuePeer BullMq { get; } = new("BullMQ 5", "bullmq.mjs", 2, 20);

    public static QueuePeer PgBoss { get; } = new("pg-boss 10", "pg-boss.mjs", 2, 3);

    /// <summary>The measured runs, after one that warms up.</summary>
    /// <exception cref="InvalidOperationException">The program failed; its errors were shown.</exception>
    /// <exception cref="OperationCanceledException">Told to stop, or it took too long.</exception>
    public async Task<List<PeerRun>> RunAsync(
        string server, int jobs, int runs, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        using var process = Process.Start(Command(server, jobs, runs))
            ?? throw new InvalidOperationException("node did not start.");
        var measured = new List<PeerRun>();
        try
        {
            while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
            {
                measured.Add(Read(line));
                var rate = jobs / measured[^1].Ended.TotalSeconds;
                AnsiConsole.MarkupLineInterpolated($"[grey]{Name}: {Figures.Rate(rate)} jobs/s[/]");
            }

            await process.WaitForExitAsync(deadline.Token);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode == 0 && measured.Count == runs + 1
            ? measured[1..]
            : throw new InvalidOperationException($"{Program} ended with {process.ExitCode}.");
    }

    private ProcessStartInfo Command(string server, int jobs, int runs)
    {
        var command = new ProcessStartInfo("node")
        {
            WorkingDirectory = Path.Combine(ServiceBinaries.RepositoryRoot, "bench", "peers"),
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        command.ArgumentList.Add(Program);
        Add("server", server);
        Add("jobs", Number(jobs));
        Add("runs", Number(runs));
        Add("processes", Number(Processes));
        Add("concurrency", Number(Concurrency));
        return command;

        void Add(string name, string value)
        {
            command.ArgumentList.Add("--" + name);
            command.ArgumentList.Add(value);
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static PeerRun Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        return new(Span("added"), Span("ended"));

        TimeSpan Span(string name) => TimeSpan.FromMilliseconds(json.RootElement.GetProperty(name).GetDouble());
    }
}
