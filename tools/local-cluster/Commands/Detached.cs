using System.Diagnostics;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary>
/// Starts the supervisor in a session of its own and returns when it reports that everything is ready.
/// </summary>
internal static class Detached
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, string dataDirectory)
    {
        using var signals = new StopSignals();
        if (DataDirectory.Supervisor(dataDirectory) is { } running)
        {
            return Failures.Report(new ClusterRunningException(dataDirectory, running));
        }

        var logPath = Path.Combine(dataDirectory, "logs", "supervisor.log");
        Directory.CreateDirectory(Path.GetDirectoryName(logPath)!);
        File.Delete(DataDirectory.ReadyFilePath(dataDirectory));
        using var supervisor = Process.Start(StartInfo(arguments, logPath))!;
        if (!await BecomesReadyAsync(supervisor, dataDirectory, signals.Token))
        {
            var log = await File.ReadAllLinesAsync(logPath, CancellationToken.None);
            AnsiConsole.WriteLine(string.Join('\n', log.TakeLast(20)));
            return supervisor.HasExited && supervisor.ExitCode != 0 ? supervisor.ExitCode : ExitCodes.Failed;
        }

        Addresses.Print(EnvironmentFile.Read(dataDirectory), dataDirectory);
        AnsiConsole.WriteLine($"Serving in the background (supervisor {supervisor.Id}); --stop stops it.");
        return ExitCodes.Ok;
    }

    private static ProcessStartInfo StartInfo(IReadOnlyList<string> arguments, string logPath)
    {
        // The shell opens the log, setsid leaves the terminal; each replaces itself: the pid is the supervisor's.
        string[] line =
        [
            "-c", "log=$1; shift; exec setsid \"$@\" </dev/null >\"$log\" 2>&1", "sh", logPath,
            ServiceBinaries.DotNet, typeof(Detached).Assembly.Location, .. arguments,
        ];
        return new ProcessStartInfo("/bin/sh", line) { UseShellExecute = false };
    }

    private static async Task<bool> BecomesReadyAsync(
        Process supervisor, string dataDirectory, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!File.Exists(DataDirectory.ReadyFilePath(dataDirectory)))
        {
            if (supervisor.HasExited)
            {
                return false;
            }

            if (Stopwatch.GetElapsedTime(started) > Patience || cancellationToken.IsCancellationRequested)
            {
                Posix.Send(supervisor.Id, Signal.Terminate);
                await supervisor.WaitForExitAsync(CancellationToken.None);
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        }

        return true;
    }
}
