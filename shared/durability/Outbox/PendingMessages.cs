using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>Messages of one context's unit of work. Adding is thread-safe; the rest follows the context.</summary>
internal sealed class PendingMessages
{
    private readonly Lock _lock = new();
    private readonly List<OutboxRow> _rows = [];
    private readonly List<OutboxRow> _stored = [];

    private AutoTransactionBehavior? _behavior;

    public bool HasRows => _rows.Count > 0;

    /// <summary>Whether the rows are to be stored in the transaction that EF Core is about to begin.</summary>
    public bool AwaitsTransaction => _behavior is not null && HasRows;

    public void Add(OutboxRow row)
    {
        lock (_lock)
        {
            _rows.Add(row);
        }
    }

    public void Cancel(Guid scheduleId)
    {
        lock (_lock)
        {
            _rows.RemoveAll(row => row.ScheduleId == scheduleId);
        }
    }

    /// <summary>The rows to store now.</summary>
    public IReadOnlyCollection<OutboxRow> ToStore()
    {
        lock (_lock)
        {
            return [.. _rows];
        }
    }

    /// <summary>The first rows are stored, and committed when <see cref="Forget"/> is called.</summary>
    public void Stored(int count)
    {
        lock (_lock)
        {
            _stored.AddRange(_rows[..count]);
            _rows.RemoveRange(0, count);
        }
    }

    /// <summary>What was stored is committed.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Forget()
    {
        var any = _stored.Count > 0;
        _stored.Clear();
        return any;
    }

    /// <summary>What was stored was rolled back, and is to be stored by the next try.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            _rows.InsertRange(0, _stored);
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
