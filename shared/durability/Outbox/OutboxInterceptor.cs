using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Sluice.Durability.Schema;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Stores a context's messages with its <c>SaveChanges</c> and wakes the relay after the commit, whichever ends the
/// unit of work. In the caller's transaction, or alone, they are stored at once; together with changes, in the
/// transaction that EF Core begins for these: its commit has to come before EF Core takes the changes for saved, or a
/// repetition after a failed commit would store the messages without the changes. Thread-safe across contexts; one
/// context is used by one thread at a time, as EF Core demands.
/// </summary>
internal sealed class OutboxInterceptor(OutboxSignal signal)
    : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, PendingMessages> _pending = [];

    public void Add(DbContext context, OutboxRow row) => _pending.GetOrCreateValue(context).Add(row);

    /// <summary>Takes back a scheduled row that is not stored yet; else, with the next save, one that is.</summary>
    /// <returns>False when a transaction is open, in which the caller has to delete what is stored.</returns>
    public bool Cancel(DbContext context, Guid scheduleId)
    {
        var later = context.Database.CurrentTransaction is null;
        _pending.GetOrCreateValue(context).Cancel(scheduleId, later);
        return later;
    }

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (Find(eventData.Context, out var context) is { IsEmpty: false } pending && !LeftToEfCore(context, pending))
        {
            Store(context, pending);
        }

        return result;
    }

    public override async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (Find(eventData.Context, out var context) is { IsEmpty: false } pending && !LeftToEfCore(context, pending))
        {
            await StoreAsync(context, pending, cancellationToken);
        }

        return result;
    }

    public DbTransaction TransactionStarted(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result)
    {
        if (Find(eventData.Context, out var context) is { AwaitsTransaction: true } pending)
        {
            try
            {
                Store((NpgsqlConnection)connection, context, pending);
            }
            catch
            {
                // EF Core does not know the transaction yet, so nobody else would end it.
                result.Dispose();
                throw;
            }
        }

        return result;
    }

    public async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result,
        CancellationToken cancellationToken = default)
    {
        if (Find(eventData.Context, out var context) is { AwaitsTransaction: true } pending)
        {
            try
            {
                await StoreAsync((NpgsqlConnection)connection, context, pending, cancellationToken);
            }
            catch
            {
                // EF Core does not know the transaction yet, so nobody else would end it.
                await result.DisposeAsync();
                throw;
            }
        }

        return result;
    }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        if (Find(eventData.Context, out var context) is { } pending)
        {
            if (pending.AwaitsTransaction)
            {
                // The changes came to no statement at all, so EF Core began no transaction.
                Store(context, pending);
            }

            Saved(context, pending);
        }

        return result;
    }

    public override async ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (Find(eventData.Context, out var context) is { } pending)
        {
            if (pending.AwaitsTransaction)
            {
                // The changes came to no statement at all, so EF Core began no transaction.
                await StoreAsync(context, pending, cancellationToken);
            }

            Saved(context, pending);
        }

        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        Committed(eventData.Context);

    public Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Committed(eventData.Context);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Whether EF Core will begin a transaction for the changes. By itself it would not for a single statement.
    /// </summary>
    private bool LeftToEfCore(DbContext context, PendingMessages pending)
    {
        if (context.Database.CurrentTransaction is not null)
        {
            return false;
        }

        // Whatever an earlier transaction of the caller had stored is committed, or gone with it.
        pending.Forget();
        if (!context.ChangeTracker.HasChanges())
        {
            return false;
        }

        pending.AwaitTransaction(context.Database.AutoTransactionBehavior);
        context.Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
        // The event, because no interceptor is told of a lost update.
        context.SaveChangesFailed -= Failed;
        context.SaveChangesFailed += Failed;
        return true;
    }

    private static void Store(DbContext context, PendingMessages pending)
    {
        context.Database.OpenConnection();
        try
        {
            Store((NpgsqlConnection)context.Database.GetDbConnection(), context, pending);
        }
        finally
        {
            context.Database.CloseConnection();
        }
    }

    private static async Task StoreAsync(
        DbContext context, PendingMessages pending, CancellationToken cancellationToken)
    {
        await context.Database.OpenConnectionAsync(cancellationToken);
        try
        {
            var connection = (NpgsqlConnection)context.Database.GetDbConnection();
            await StoreAsync(connection, context, pending, cancellationToken);
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }

    private static void Store(NpgsqlConnection connection, DbContext context, PendingMessages pending)
    {
        var work = pending.ToStore();
        OutboxInsert.Run(connection, DurabilityModel.SchemaOf(context), work);
        pending.Stored(work);
    }

    private static async Task StoreAsync(
        NpgsqlConnection connection, DbContext context, PendingMessages pending, CancellationToken cancellationToken)
    {
        var work = pending.ToStore();
        await OutboxInsert.RunAsync(connection, DurabilityModel.SchemaOf(context), work, cancellationToken);
        pending.Stored(work);
    }

    private PendingMessages? Find(DbContext? found, out DbContext context)
    {
        context = found!;
        return found is not null && _pending.TryGetValue(found, out var pending) ? pending : null;
    }

    private void Saved(DbContext context, PendingMessages pending)
    {
        EndWait(context, pending);
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

    private void EndWait(DbContext context, PendingMessages pending)
    {
        if (pending.EndWait() is { } behavior)
        {
            context.SaveChangesFailed -= Failed;
            context.Database.AutoTransactionBehavior = behavior;
        }
    }

    /// <summary>What was stored in EF Core's transaction is gone with it, and is stored by the next try.</summary>
    private void Failed(object? sender, SaveChangesFailedEventArgs arguments)
    {
        if (Find(sender as DbContext, out var context) is { } pending)
        {
            EndWait(context, pending);
            pending.Restore();
        }
    }
}
