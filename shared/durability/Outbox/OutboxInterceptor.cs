using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Lets go of stored rows after <c>SaveChanges</c> and wakes the relay after the commit, whichever ends the unit of
/// work. Thread-safe across contexts; one context is used by one thread at a time, as EF Core demands.
/// </summary>
internal sealed class OutboxInterceptor(OutboxSignal signal) : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, Pending> _pending = [];

    public void Track(DbContext context, OutboxRow row)
    {
        var pending = _pending.GetOrCreateValue(context);
        lock (pending)
        {
            context.Add(row);
            pending.Rows.Add(row);
        }
    }

    /// <summary>Takes back a scheduled row that is not stored yet.</summary>
    public void Cancel(DbContext context, Guid scheduleId)
    {
        if (_pending.TryGetValue(context, out var pending))
        {
            lock (pending)
            {
                foreach (var row in pending.Rows.Where(row => row.ScheduleId == scheduleId).ToList())
                {
                    context.Entry(row).State = EntityState.Detached;
                    pending.Rows.Remove(row);
                }
            }
        }
    }

    public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        Saved(eventData.Context);
        return result;
    }

    public override ValueTask<int> SavedChangesAsync(
        SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Saved(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) =>
        Committed(eventData.Context);

    public Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Committed(eventData.Context);
        return Task.CompletedTask;
    }

    private void Saved(DbContext? context)
    {
        if (context is null || !_pending.TryGetValue(context, out var pending) || pending.Rows.Count == 0)
        {
            return;
        }

        foreach (var row in pending.Rows)
        {
            context.Entry(row).State = EntityState.Detached;
        }

        pending.Rows.Clear();
        if (context.Database.CurrentTransaction is null)
        {
            signal.Set();
        }
        else
        {
            pending.AwaitsCommit = true;
        }
    }

    private void Committed(DbContext? context)
    {
        if (context is not null && _pending.TryGetValue(context, out var pending) && pending.AwaitsCommit)
        {
            pending.AwaitsCommit = false;
            signal.Set();
        }
    }

    private sealed class Pending
    {
        public List<OutboxRow> Rows { get; } = [];

        public bool AwaitsCommit { get; set; }
    }
}
