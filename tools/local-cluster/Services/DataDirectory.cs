using System.Diagnostics;
using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Services;

/// <summary>
/// The right to run a cluster on one data directory, held by an open, locked file: it ends with the process, however
/// the process ends, and leaves nothing stale.
/// </summary>
internal sealed class DataDirectory : IDisposable
{
    /// <summary>
    /// Whoever only looks holds the lock too, for some microseconds. A supervisor holds it for good: only one that is
    /// held so long is one.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _lock;

    private DataDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <exception cref="ClusterRunningException">Another process holds it.</exception>
    public static async Task<DataDirectory> AcquireAsync(string path, CancellationToken cancellationToken)
    {
        path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(path);
        var started = Stopwatch.GetTimestamp();
        FileStream? held;
        while ((held = TryLock(path)) is null)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new ClusterRunningException(path, PidFile.Read(SupervisorPidPath(path)));
            }

            await Task.Delay(Interval, cancellationToken);
        }

        RemoveState(path);
        PidFile.Write(SupervisorPidPath(path), Environment.ProcessId);
        return new DataDirectory(path, held);
    }

    /// <summary>Pid of the supervisor that holds the directory now; null when none does.</summary>
    public static int? Supervisor(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (!Directory.Exists(path))
        {
            return null;
        }

        // Another one who looks may hold the lock; then the file tells of a supervisor that is gone, or is not there.
        using var held = TryLock(path);
        return held is null && PidFile.Read(SupervisorPidPath(path)) is { } pid && ProcessIdentity.IsAlive(pid)
            ? pid
            : null;
    }

    public static string EnvironmentFilePath(string path) => System.IO.Path.Combine(path, "env");

    public static string ReadyFilePath(string path) => System.IO.Path.Combine(path, "ready");

    /// <summary>Removes what describes a running cluster; the data stay.</summary>
    public static void RemoveState(string path)
    {
        if (Directory.Exists(path))
        {
            File.Delete(EnvironmentFilePath(path));
            File.Delete(ReadyFilePath(path));
            File.Delete(SupervisorPidPath(path));
        }
    }

    public void Dispose()
    {
        RemoveState(Path);
        _lock.Dispose();
    }

    private static string SupervisorPidPath(string path) => System.IO.Path.Combine(path, "supervisor.pid");

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(
                System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
