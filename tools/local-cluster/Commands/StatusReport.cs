using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary><c>--status</c>: every process with its pid and whether it is ready; exit code 0 when all are.</summary>
internal static class StatusReport
{
    public static async Task<int> RunAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        if (DataDirectory.Supervisor(dataDirectory) is not { } supervisor)
        {
            AnsiConsole.WriteLine($"Sluice is not running on {dataDirectory}.");
            return ExitCodes.Failed;
        }

        var environment = EnvironmentFile.Read(dataDirectory);
        var files = Directory.Exists(Path.Combine(dataDirectory, "pids"))
            ? Directory.GetFiles(Path.Combine(dataDirectory, "pids"), "*.pid").Order(StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        var table = new Table().Border(TableBorder.None).AddColumns("process", "pid", "state");
        var allReady = File.Exists(DataDirectory.ReadyFilePath(dataDirectory));
        foreach (var file in files)
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var pid = PidFile.Read(file);
            var state = await StateAsync(name, pid, environment, cancellationToken);
            allReady &= state is "ready" or "running";
            table.AddRow(new Text(name), new Text($"{pid}"), new Text(state));
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"supervisor {supervisor}");
        Addresses.Print(environment, dataDirectory);
        return allReady ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<string> StateAsync(
        string name, int? pid, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (pid is null || !ProcessIdentity.IsAlive(pid.Value))
        {
            return "dead";
        }

        var variable = name.Replace('-', '_').ToUpperInvariant() + "_INTERNAL_URL";
        if (!environment.TryGetValue(variable, out var url))
        {
            return "running";
        }

        return await HealthProbe.IsReadyAsync(new Uri(url), cancellationToken) ? "ready" : "not ready";
    }
}
