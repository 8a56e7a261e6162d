using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Messages and cancellations of one context's unit of work. Adding is thread-safe; the rest follows the context.
/// </summary>
internal sealed class PendingMessages
{
    private readonly Lock _lock = new();
    private readonly List<OutboxRow> _rows = [];
    private readonly List<Guid> _cancelled = [];
    private readonly List<OutboxWork> _stored = [];
    private AutoTransactionBehavior? _behavior;

    public bool IsEmpty => _rows.Count == 0 && _cancelled.Count == 0;

    /// <summary>Whether there is work for the transaction that EF Core is about to begin.</summary>
    public bool AwaitsTransaction => _behavior is not null && !IsEmpty;

    public void Add(OutboxRow row)
    {
        lock (_lock)
        {
            _rows.Add(row);
        }
    }

    /// <param name="scheduleId">Token of the scheduled message.</param>
    /// <param name="later">Whether the next save is to take back what is stored already.</param>
    public void Cancel(Guid scheduleId, bool later)
    {
        lock (_lock)
        {
            if (_rows.RemoveAll(row => row.ScheduleId == scheduleId) == 0 && later)
            {
                _cancelled.Add(scheduleId);
            }
        }
    }

    /// <summary>What is to be stored now.</summary>
    public OutboxWork ToStore()
    {
        lock (_lock)
        {
            return new OutboxWork([.. _rows], [.. _cancelled]);
        }
    }

    /// <summary>It is stored, and committed when <see cref="Forget"/> is called.</summary>
    public void Stored(OutboxWork work)
    {
        lock (_lock)
        {
            _stored.Add(work);
            _rows.RemoveRange(0, work.Rows.Count);
            _cancelled.RemoveRange(0, work.Cancelled.Count);
        }
    }

    /// <summary>What was stored is committed.</summary>
    /// <returns>Whether there was any message.</returns>
    public bool Forget()
    {
        var any = _stored.Exists(work => work.Rows.Count > 0);
        _stored.Clear();
        return any;
    }

    /// <summary>What was stored was rolled back, and is to be stored by the next try.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            _rows.InsertRange(0, _stored.SelectMany(work => work.Rows));
            _cancelled.InsertRange(0, _stored.SelectMany(work => work.Cancelled));
            _stored.Clear();
        }
    }

    /// <param name="behavior">What the context does by itself, to be set again by <see cref="EndWait"/>.</param>
    public void AwaitTransaction(AutoTransactionBehavior behavior) => _behavior ??= behavior;

    /// <returns>Null when nothing was awaited.</returns>
    public AutoTransactionBehavior? EndWait()
    {
        var behavior = _behavior;
        _behavior = null;
        return behavior;
    }
}
