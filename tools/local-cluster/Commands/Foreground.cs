using System.Diagnostics;
using Sluice.LocalCluster.Demo;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>Starts the cluster, shows the demo, and serves until it is told to stop.</summary>
internal static class Foreground
{
    public static async Task<int> RunAsync(RunSettings settings)
    {
        using var signals = new StopSignals();
        try
        {
            var started = Stopwatch.GetTimestamp();
            AnsiConsole.WriteLine($"Starting RabbitMQ, PostgreSQL and the services on {settings.DataDirectory} …");
            await using var cluster = await SluiceCluster.StartAsync(
                settings.Cluster(line => AnsiConsole.MarkupLineInterpolated($"[grey]{line}[/]")), signals.Token);
            AnsiConsole.MarkupLineInterpolated(
                $"[green]Ready[/] after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s.");

            var shown = !settings.Demo || await ShowDemoAsync(cluster.Url, signals.Token);
            Addresses.Print(EnvironmentFile.Read(settings.DataDirectory), settings.DataDirectory);
            if (!settings.Exit)
            {
                AnsiConsole.WriteLine("Serving. Ctrl-C stops everything; the data stay.");
                await signals.WaitAsync();
                return ExitCodes.Ok;
            }

            return shown ? ExitCodes.Ok : ExitCodes.Failed;
        }
        catch (Exception e) when (Failures.IsExpected(e))
        {
            return Failures.Report(e);
        }
    }

    private static async Task<bool> ShowDemoAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new DemoClient(url);
            await ChatDemo.RunAsync(client, cancellationToken);
            await BatchDemo.RunAsync(client, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is DemoFailedException or HttpRequestException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            AnsiConsole.MarkupLineInterpolated($"[red]The demo failed: {e.Message}[/]");
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
