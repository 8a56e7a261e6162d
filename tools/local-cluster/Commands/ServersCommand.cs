using System.CommandLine;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>
/// <c>servers</c>: RabbitMQ and PostgreSQL alone, until Ctrl-C or SIGTERM; the test run's shared servers.
/// </summary>
internal static class ServersCommand
{
    public static Command Create()
    {
        var data = RunCommand.Data();
        var command = new Command(
            "servers", "Starts only RabbitMQ and PostgreSQL, writes DIR/env when they are ready, and waits for Ctrl-C.")
        {
            data,
        };
        command.SetAction((parsed, _) => RunAsync(Path.GetFullPath(parsed.GetValue(data)!)));
        return command;
    }

    private static async Task<int> RunAsync(string path)
    {
        using var signals = new StopSignals();
        try
        {
            using var directory = await DataDirectory.AcquireAsync(path, signals.Token);
            await Leftovers.EndAsync(path, AnsiConsole.WriteLine);
            await using var servers = await ClusterServers.StartAsync(
                new ServersOptions { DataDirectory = path, Log = AnsiConsole.WriteLine }.WithEnvironment(),
                signals.Token);
            await EnvironmentFile.WriteAsync(path, EnvironmentFile.Servers(servers), signals.Token);
            AnsiConsole.WriteLine($"ready; addresses are in {DataDirectory.EnvironmentFilePath(path)}");
            await signals.WaitAsync();
            return ExitCodes.Ok;
        }
        catch (Exception e) when (Failures.IsExpected(e))
        {
            return Failures.Report(e);
        }
    }
}
