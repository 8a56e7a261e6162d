using System.Diagnostics;
using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Services;

/// <summary>
/// Ends what a supervisor left behind that was itself killed. Only a process whose pid file is there and whose identity
/// matches is touched; a pid that now belongs to somebody else is left alone.
/// </summary>
internal static class Leftovers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <returns>How many processes were ended.</returns>
    public static async Task<int> EndAsync(string dataDirectory, Action<string> log)
    {
        var directory = Path.Combine(dataDirectory, "pids");
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        var ended = await Task.WhenAll(Directory.GetFiles(directory, "*.pid").Select(async path =>
        {
            var found = await EndOneAsync(dataDirectory, path, log);
            File.Delete(path);
            return found;
        }));
        return ended.Count(found => found);
    }

    private static async Task<bool> EndOneAsync(string dataDirectory, string path, Action<string> log)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (PidFile.Read(path) is not { } pid || !IsOurs(pid, dataDirectory, name))
        {
            return false;
        }

        log($"{name} (pid {pid}) is left from an earlier run and is stopped");
        Posix.Send(pid, name.StartsWith("postgres", StringComparison.Ordinal) ? Signal.Interrupt : Signal.Terminate);
        Posix.Send(pid, Signal.Continue);
        var started = Stopwatch.GetTimestamp();
        var killed = false;
        while (ProcessIdentity.IsAlive(pid) && IsOurs(pid, dataDirectory, name))
        {
            if (killed && Stopwatch.GetElapsedTime(started) > 2 * Patience)
            {
                throw new InvalidOperationException(
                    $"{name} (pid {pid}) is left from an earlier run and cannot be ended.");
            }

            if (!killed && Stopwatch.GetElapsedTime(started) > Patience)
            {
                Posix.Send(pid, Signal.Kill);
                killed = true;
            }

            await Task.Delay(50);
        }

        return true;
    }

    private static bool IsOurs(int pid, string dataDirectory, string name) => ProcessIdentity.Matches(
        pid,
        ProcessIdentity.Marker(dataDirectory, name),
        name.StartsWith("postgres", StringComparison.Ordinal) ? Servers.PostgresServer.DataPath(dataDirectory) : null);
}
