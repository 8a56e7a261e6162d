using System.ComponentModel;
using System.Diagnostics;

namespace Sluice.LocalCluster.Processes;

/// <summary>
/// One child process and its restarts. All members may be called from any thread; starts and stops of one process are
/// serialised, and at most one incarnation exists at a time. Its semaphore and its token source hold no handles, so
/// nothing but the process needs disposing.
/// </summary>
public sealed class SupervisedProcess : IAsyncDisposable
{
    /// <summary>sysexits' EX_CONFIG, which the services end with.</summary>
    private const int ConfigurationRefused = 78;

    private readonly ProcessSpec _spec;
    private readonly Action<string> _log;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Incarnation? _current;
    private CancellationTokenSource _stopping = new();
    private Task _supervision = Task.CompletedTask;
    private int _starts;

    internal SupervisedProcess(ProcessSpec spec, bool restart, Action<string> log)
    {
        _spec = spec;
        _log = log;
        RestartWhenDead = restart;
    }

    /// <summary>Service and number from 1: <c>batch-worker-2</c>.</summary>
    public string Name => _spec.Name;

    /// <summary>Whether a dead incarnation is followed by a new one; takes effect at the next death.</summary>
    public bool RestartWhenDead { get; set; }

    /// <summary>Pid of the living incarnation; null between two, and after a stop.</summary>
    public int? Pid => _current is { } current && !current.Exited.IsCompleted ? current.Pid : null;

    /// <summary>Whether it ended because its configuration is wrong; it is not started again then.</summary>
    public bool HasRefusedConfiguration { get; private set; }

    /// <summary>How many incarnations were started so far.</summary>
    public int Starts => Volatile.Read(ref _starts);

    /// <summary>Standard output and error of all incarnations, appended.</summary>
    public string LogPath => _spec.LogPath;

    /// <summary>Starts the process and its supervision; nothing happens when it is supervised already.</summary>
    /// <exception cref="Win32Exception">The program cannot be started at all.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_current is { Exited.IsCompletedSuccessfully: true } last && !await last.IsReplaced)
            {
                // Whoever starts it may know of its death before its supervision does, which ends then.
                await _supervision;
            }

            if (!_supervision.IsCompleted)
            {
                return;
            }

            _stopping = new CancellationTokenSource();
            HasRefusedConfiguration = false;
            var first = await StartIncarnationAsync();
            _supervision = SuperviseAsync(first, _stopping.Token);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Asks the process to end, kills it when it has not after its bounded time, and does not start it again until
    /// <see cref="StartAsync"/>.
    /// </summary>
    /// <param name="signal">
    /// Instead of the process's own stop signal; <see cref="Signal.Kill"/> for a crash that lasts.
    /// </param>
    /// <param name="cancellationToken">Gives up waiting for the gate, never the stop itself.</param>
    public async Task StopAsync(Signal? signal = null, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await _stopping.CancelAsync();
            if (_current is { } current)
            {
                current.Send(signal ?? _spec.StopSignal);
                current.Send(Signal.Continue);
                try
                {
                    await current.Exited.WaitAsync(_spec.StopTimeout, CancellationToken.None);
                }
                catch (TimeoutException)
                {
                    _log($"{Name} did not stop within {_spec.StopTimeout.TotalSeconds:0} s and is killed");
                    current.Send(Signal.Kill);
                    await current.Exited;
                }
            }

            await _supervision;
            File.Delete(_spec.PidPath);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Kills the living incarnation (SIGKILL) and returns when it is gone; supervision then goes on as configured.
    /// </summary>
    /// <returns>Its pid, or null when none was alive.</returns>
    public async Task<int?> KillAsync()
    {
        var current = _current;
        if (current is null || !current.Send(Signal.Kill))
        {
            return null;
        }

        await current.Exited;
        return current.Pid;
    }

    /// <summary>Sends a signal to the living incarnation; false when none is alive.</summary>
    public bool Send(Signal signal) => _current?.Send(signal) ?? false;

    /// <summary>The same as a stop; may be called again.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task<Incarnation> StartIncarnationAsync()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_spec.LogPath)!);
        Directory.CreateDirectory(Path.GetDirectoryName(_spec.PidPath)!);
        var incarnation = new Incarnation(await Spawner.StartAsync(_spec));
        try
        {
            PidFile.Write(_spec.PidPath, incarnation.Pid);
        }
        catch
        {
            // Nobody would find it.
            incarnation.Send(Signal.Kill);
            await incarnation.Exited;
            throw;
        }

        _current = incarnation;
        Interlocked.Increment(ref _starts);
        return incarnation;
    }

    private async Task SuperviseAsync(Incarnation incarnation, CancellationToken stopping)
    {
        var policy = new RestartPolicy();
        while (true)
        {
            var exitCode = await incarnation.Exited;
            var isWanted = RestartWhenDead && !stopping.IsCancellationRequested;
            var isRefusal = exitCode == ConfigurationRefused;
            incarnation.Decide(isReplaced: isWanted && !isRefusal);
            if (!isWanted)
            {
                return;
            }

            if (isRefusal)
            {
                HasRefusedConfiguration = true;
                _log($"{Name} refuses its configuration; it is not started again");
                return;
            }

            var delay = policy.DelayAfter(incarnation.Lifetime);
            var when = delay > TimeSpan.Zero ? $" in {delay.TotalSeconds:0.0} s" : "";
            _log($"{Name} (pid {incarnation.Pid}) ended with {exitCode} after "
                + $"{incarnation.Lifetime.TotalSeconds:0.0} s; starting it again{when}");
            await Task.Delay(delay, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            Incarnation? next;
            while ((next = await TryStartIncarnationAsync()) is null)
            {
                await Task.Delay(RestartPolicy.AfterRefusal, stopping)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (stopping.IsCancellationRequested)
                {
                    return;
                }
            }

            incarnation = next;
            if (stopping.IsCancellationRequested)
            {
                // The stop came while it was being started, and had nobody to ask.
                incarnation.Send(Signal.Kill);
            }
        }
    }

    /// <summary>Null where the machine refuses: no process to be had, or no room for its files.</summary>
    private async Task<Incarnation?> TryStartIncarnationAsync()
    {
        try
        {
            return await StartIncarnationAsync();
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or UnauthorizedAccessException)
        {
            _log($"{Name} could not be started again, which is tried on: {exception.Message}");
            return null;
        }
    }

    private sealed class Incarnation
    {
        private readonly Process _process;
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly TaskCompletionSource<bool> _isReplaced =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Incarnation(Process process)
        {
            _process = process;
            Pid = process.Id;
            Exited = WaitAsync();
        }

        public int Pid { get; }

        /// <summary>Completes with the exit code (128 + signal for a killed one).</summary>
        public Task<int> Exited { get; }

        public TimeSpan Lifetime { get; private set; }

        /// <summary>Completes soon after <see cref="Exited"/>: whether its supervision starts another one.</summary>
        public Task<bool> IsReplaced => _isReplaced.Task;

        public void Decide(bool isReplaced) => _isReplaced.SetResult(isReplaced);

        public bool Send(Signal signal) => !_process.HasExited && Posix.Send(Pid, signal);

        private async Task<int> WaitAsync()
        {
            await _process.WaitForExitAsync();
            Lifetime = Stopwatch.GetElapsedTime(_started);
            return _process.ExitCode;
        }
    }
}
