using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Sluice.Durability.Schema;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Stores a context's messages with its <c>SaveChanges</c> and wakes the relay after the commit, whichever ends the
/// unit of work. Thread-safe across contexts; one context is used by one thread at a time, as EF Core demands.
/// </summary>
internal sealed class OutboxInterceptor(OutboxSignal signal)
    : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, PendingMessages> _pending = [];

    public void Add(DbContext context, OutboxRow row) => _pending.GetOrCreateValue(context).Add(row);

    /// <summary>Takes back a scheduled row that is not stored yet.</summary>
    public void Cancel(DbContext context, Guid scheduleId)
    {
        if (_pending.TryGetValue(context, out var pending))
        {
            pending.Cancel(scheduleId);
        }
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (Find(eventData.Context, out var context) is { HasRows: true } pending)
        {
            context.Database.OpenConnection();
            try
            {
                pending.Transaction = NeedsTransaction(context) ? context.Database.BeginTransaction() : null;
                var rows = pending.ToStore();
                OutboxInsert.Run(Connection(context), DurabilityModel.SchemaOf(context), rows);
                pending.Stored(rows.Count);
            }
            catch
            {
                pending.Restore();
                throw;
            }
            finally
            {
                context.Database.CloseConnection();
            }
        }

        return result;
    }

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (Find(eventData.Context, out var context) is { HasRows: true } pending)
        {
            await context.Database.OpenConnectionAsync(cancellationToken);
            try
            {
                pending.Transaction = NeedsTransaction(context)
                    ? await context.Database.BeginTransactionAsync(cancellationToken)
                    : null;
                var rows = pending.ToStore();
                await OutboxInsert.RunAsync(
                    Connection(context), DurabilityModel.SchemaOf(context), rows, cancellationToken);
                pending.Stored(rows.Count);
            }
            catch
            {
                // EF Core calls no interceptor for what fails before it starts.
                pending.Restore();
                throw;
            }
            finally
            {
                await context.Database.CloseConnectionAsync();
            }
        }

        return result;
    }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        if (Find(eventData.Context, out var context) is { } pending)
        {
            pending.Transaction?.Commit();
            Saved(context, pending);
        }

        return result;
    }

    public override async ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (Find(eventData.Context, out var context) is { } pending)
        {
            if (pending.Transaction is { } own)
            {
                await own.CommitAsync(cancellationToken);
            }

            Saved(context, pending);
        }

        return result;
    }

    public override void SaveChangesFailed(DbContextErrorEventData eventData) => Failed(eventData.Context);

    public override Task SaveChangesFailedAsync(
        DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Failed(eventData.Context);
        return Task.CompletedTask;
    }

    public override void SaveChangesCanceled(DbContextEventData eventData) => Failed(eventData.Context);

    public override Task SaveChangesCanceledAsync(
        DbContextEventData eventData, CancellationToken cancellationToken = default)
    {
        Failed(eventData.Context);
        return Task.CompletedTask;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        Committed(eventData.Context);

    public Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Committed(eventData.Context);
        return Task.CompletedTask;
    }

    private PendingMessages? Find(DbContext? found, out DbContext context)
    {
        context = found!;
        return found is not null && _pending.TryGetValue(found, out var pending) ? pending : null;
    }

    /// <summary>
    /// Messages and changes are one commit; messages alone are one statement, which is that by itself.
    /// </summary>
    private static bool NeedsTransaction(DbContext context) =>
        context.Database.CurrentTransaction is null && context.ChangeTracker.HasChanges();

    private static NpgsqlConnection Connection(DbContext context) =>
        (NpgsqlConnection)context.Database.GetDbConnection();

    private void Saved(DbContext context, PendingMessages pending)
    {
        pending.Transaction?.Dispose();
        pending.Transaction = null;
        if (context.Database.CurrentTransaction is null && pending.Forget())
        {
            signal.Set();
        }
    }

    private void Committed(DbContext? context)
    {
        if (Find(context, out _) is { } pending && pending.Forget())
        {
            signal.Set();
        }
    }

    private void Failed(DbContext? context)
    {
        if (Find(context, out _) is { } pending)
        {
            pending.Restore();
        }
    }
}
