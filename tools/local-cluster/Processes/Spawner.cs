using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sluice.LocalCluster.Processes;

/// <summary>
/// Starts every child from one thread that lives as long as the process. Linux sends the parent-death signal when the
/// starting <em>thread</em> ends, so a child started from a pool thread would die whenever the pool shrinks.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<Order> Queue = Open();

    public static Task<Process> StartAsync(ProcessSpec spec)
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Add(new Order(StartInfo(spec), started));
        return started.Task;
    }

    private static BlockingCollection<Order> Open()
    {
        var queue = new BlockingCollection<Order>();
        new Thread(() => Run(queue)) { IsBackground = true, Name = "process spawner" }.Start();
        return queue;
    }

    private static void Run(BlockingCollection<Order> queue)
    {
        foreach (var (info, started) in queue.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(info)!);
            }
            catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                started.SetException(e);
            }
        }
    }

    /// <summary>
    /// The shell only opens the log (a pipe to the supervisor would end the child with the supervisor's first gap),
    /// setsid takes the child out of the terminal's Ctrl-C, setpriv sets the parent-death signal and the user; each one
    /// replaces itself by the next, so that the pid is the service's own.
    /// </summary>
    private static ProcessStartInfo StartInfo(ProcessSpec spec)
    {
        var info = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = spec.WorkingDirectory ?? spec.DataDirectory,
            UseShellExecute = false,
        };
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add("log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1");
        info.ArgumentList.Add("sh");
        info.ArgumentList.Add(spec.LogPath);
        info.ArgumentList.Add("setpriv");
        info.ArgumentList.Add("--pdeathsig=" + (spec.StopSignal == Signal.Interrupt ? "INT" : "TERM"));
        foreach (var argument in spec.User is { } user
            ? new[] { $"--reuid={user}", $"--regid={user}", "--init-groups" }
            : [])
        {
            info.ArgumentList.Add(argument);
        }

        info.ArgumentList.Add(spec.FileName);
        foreach (var argument in spec.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        foreach (var (key, value) in spec.Environment)
        {
            info.Environment[key] = value;
        }

        foreach (var prefix in spec.DroppedEnvironment)
        {
            var dropped = info.Environment.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)
                && !spec.Environment.ContainsKey(key)).ToList();
            dropped.ForEach(key => info.Environment.Remove(key));
        }

        info.Environment[ProcessIdentity.MarkerVariable] = spec.Marker;
        return info;
    }

    private readonly record struct Order(ProcessStartInfo Info, TaskCompletionSource<Process> Started);
}
