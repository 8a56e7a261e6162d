using System.Diagnostics;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Spectre.Console;

namespace Sluice.LocalCluster.Commands;

/// <summary><c>--stop</c>: ends the supervisor of a data directory, or what one that was killed left behind.</summary>
internal static class Stopping
{
    /// <summary>More than the services' and the servers' own bounded times together.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    public static async Task<int> RunAsync(string dataDirectory)
    {
        var supervisor = DataDirectory.Supervisor(dataDirectory);
        if (supervisor is { } pid)
        {
            Posix.Send(pid, Signal.Terminate);
            Posix.Send(pid, Signal.Continue);
            if (!await EndsAsync(dataDirectory))
            {
                AnsiConsole.WriteLine($"The supervisor ({pid}) does not end and is killed.");
                Posix.Send(pid, Signal.Kill);
            }
        }

        var ended = await Leftovers.EndAsync(dataDirectory, AnsiConsole.WriteLine);
        DataDirectory.RemoveState(dataDirectory);
        AnsiConsole.WriteLine(supervisor is null && ended == 0 ? "Nothing was running." : "Stopped; the data stay.");
        return ExitCodes.Ok;
    }

    private static async Task<bool> EndsAsync(string dataDirectory)
    {
        var started = Stopwatch.GetTimestamp();
        while (DataDirectory.Supervisor(dataDirectory) is not null)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }

        return true;
    }
}
