using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sluice.Durability.Postgres;

namespace Sluice.Durability.Instances;

/// <summary>
/// Registers this process, moves its counter, and watches the others, in one loop and one round trip. Public members
/// may be called from any thread; everything else belongs to the loop.
/// </summary>
internal sealed partial class InstanceService(
    InstanceTable table,
    InstanceIdentity identity,
    IOptions<InstanceOptions> options,
    TimeProvider time,
    ILogger<InstanceService> logger) : IInstances, IInstanceWatch, IHostedLifecycleService, IDisposable
{
    private readonly InstanceObservations _observations = new(options.Value.Lease);
    private readonly SemaphoreSlim _replacing = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _origin = time.GetTimestamp();
    private volatile InstanceHolder? _current;
    private volatile IReadOnlyCollection<Guid> _dead = [];
    private volatile IReadOnlyCollection<Guid> _alive = [];
    private Task _loop = Task.CompletedTask;
    private long _renewed;
    private long _unanswered;

    public InstanceLease Current => _current?.Lease
        ?? throw new InvalidOperationException("The instance is registered when the host starts.");

    public TimeSpan? SinceRenewed =>
        Volatile.Read(ref _renewed) is var renewed and not 0 ? time.GetElapsedTime(renewed) : null;

    public TimeSpan? Unanswered =>
        Volatile.Read(ref _unanswered) is var asked and not 0 ? time.GetElapsedTime(asked) : null;

    public IReadOnlyCollection<Guid> Dead => _dead;

    public IReadOnlyCollection<Guid> Alive => _alive;

    private TimeSpan Now => time.GetElapsedTime(_origin);

    public async Task<bool> CheckAsync(CancellationToken cancellationToken)
    {
        var holder = _current ?? throw new InvalidOperationException(
            "The instance is registered when the host starts.");
        if (await table.IsUnfencedAsync(holder.Lease.Id, cancellationToken))
        {
            return true;
        }

        await ReplaceAsync(holder, cancellationToken);
        return false;
    }

    public Task FenceAsync(Guid id, CancellationToken cancellationToken) => table.FenceAsync(id, cancellationToken);

    public Task<bool> DrainAsync(CancellationToken cancellationToken) =>
        table.DrainAsync(Current.Id, _alive, cancellationToken);

    /// <summary>Runs before the other hosted services start, which may need <see cref="Current"/> at once.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await RegisterAsync(cancellationToken);
        _loop = Task.Run(() => RunAsync(_stopping.Token), CancellationToken.None);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Fences itself after everything else stopped: what is left over can be taken without waiting for a lease.
    /// </summary>
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop;
        if (_current is { } holder)
        {
            holder.Lose();
            try
            {
                await table.FenceAsync(holder.Lease.Id, cancellationToken);
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception)
                || exception is OperationCanceledException)
            {
                Log.NotFenced(logger, holder.Lease.Id, exception.Message);
            }
        }
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _replacing.Dispose();
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.RenewEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await RoundAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task RoundAsync(CancellationToken stopping)
    {
        try
        {
            var holder = _current!;
            var before = Now;
            if (_unanswered == 0)
            {
                Volatile.Write(ref _unanswered, time.GetTimestamp());
            }

            var rows = await table.RenewAsync(holder.Lease.Id, stopping);
            Volatile.Write(ref _unanswered, 0);
            if (Now - before >= options.Value.Lease / 2)
            {
                // The answer took so long that it says nothing about the time in between.
                _observations.Restart();
            }

            _observations.Observe(Now, rows);
            Publish();
            Volatile.Write(ref _renewed, time.GetTimestamp());
            if (!rows.Any(row => row.Id == holder.Lease.Id && !row.Fenced))
            {
                await ReplaceAsync(holder, stopping);
            }

            await DeleteExpiredAsync(stopping);
        }
        catch (Exception exception) when (exception is not OperationCanceledException
            || !stopping.IsCancellationRequested)
        {
            // The loop outlives every error: a process that stopped renewing would lose its work.
            Log.RoundFailed(logger, exception.Message);
            _observations.Restart();
            Publish();
        }
    }

    private void Publish() => (_dead, _alive) = (_observations.Dead, _observations.Alive);

    private async Task DeleteExpiredAsync(CancellationToken stopping)
    {
        foreach (var abandoned in _observations.Abandoned(Now, options.Value.Retention))
        {
            // Fenced first, and deleted a retention later: it may only sleep.
            await table.FenceAsync(abandoned, stopping);
        }

        var expired = _observations.Expired(Now, options.Value.Retention);
        if (expired.Count > 0)
        {
            await table.DeleteAsync(expired, stopping);
        }
    }

    /// <summary>
    /// Loses the fenced incarnation first, so that its work stops even when the new one cannot be registered yet.
    /// </summary>
    private async Task ReplaceAsync(InstanceHolder fenced, CancellationToken cancellationToken)
    {
        await _replacing.WaitAsync(cancellationToken);
        try
        {
            if (ReferenceEquals(_current, fenced))
            {
                Log.Fenced(logger, fenced.Lease.Id);
                fenced.Lose();
                await RegisterAsync(cancellationToken);
            }
        }
        finally
        {
            _replacing.Release();
        }
    }

    private async Task RegisterAsync(CancellationToken cancellationToken)
    {
        var holder = new InstanceHolder(Guid.CreateVersion7(), new CancellationTokenSource());
        await table.RegisterAsync(holder.Lease.Id, identity.Service, identity.Address, cancellationToken);
        _current = holder;
        Volatile.Write(ref _renewed, time.GetTimestamp());
        Log.Registered(logger, identity.Service, holder.Lease.Id);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Service} is instance {Instance}")]
        public static partial void Registered(ILogger logger, string service, Guid instance);

        [LoggerMessage(
            2, LogLevel.Warning, "Instance {Instance} was fenced; its work stops and a new incarnation starts")]
        public static partial void Fenced(ILogger logger, Guid instance);

        [LoggerMessage(3, LogLevel.Warning, "The instance could not be renewed: {Reason}")]
        public static partial void RoundFailed(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Warning, "Instance {Instance} could not be fenced at its end: {Reason}")]
        public static partial void NotFenced(ILogger logger, Guid instance, string reason);
    }
}
