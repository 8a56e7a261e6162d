using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>
/// The lock of an Idempotency-Key, for the rest of a transaction. Few wait for one that is taken
/// (<c>Batches:MaxKeyWaits</c>), and each no longer than <c>Postgres:LockTimeout</c>: a wait holds a connection, and
/// renewals and dispatch need some too. Thread-safe.
/// </summary>
internal sealed class KeyLocks(IOptions<CreationOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _waits = new(options.Value.MaxKeyWaits, options.Value.MaxKeyWaits);

    public void Dispose() => _waits.Dispose();

    /// <summary>False, with a transaction that can only be rolled back, when the lock was not to be had.</summary>
    public async Task<bool> TakeAsync(SchedulerDbContext db, string name, CancellationToken cancellationToken)
    {
        var isFree = await db.Database
            .SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock(hashtextextended({name}, 30001)) AS \"Value\"")
            .SingleAsync(cancellationToken);
        if (isFree)
        {
            return true;
        }

        if (!await _waits.WaitAsync(TimeSpan.Zero, cancellationToken))
        {
            return false;
        }

        try
        {
            // Whoever has it needs it for a few statements; the server takes it from a process that froze.
            await db.Database.ExecuteSqlAsync(
                $"SELECT pg_advisory_xact_lock(hashtextextended({name}, 30001))", cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
        finally
        {
            _waits.Release();
        }
    }
}
