using Microsoft.EntityFrameworkCore.Storage;

namespace Sluice.Durability.Outbox;

/// <summary>Messages of one context's unit of work. Adding is thread-safe; the rest follows the context.</summary>
internal sealed class PendingMessages
{
    private readonly Lock _lock = new();
    private readonly List<OutboxRow> _rows = [];
    private readonly List<OutboxRow> _stored = [];

    /// <summary>
    /// Begun for <c>SaveChanges</c> and ended by it; null when that runs in the caller's or needs none.
    /// </summary>
    public IDbContextTransaction? Transaction { get; set; }

    public bool HasRows => _rows.Count > 0;

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

    /// <summary>
    /// <c>SaveChanges</c> failed. What it stored in its own transaction is gone with that, and is stored by the next
    /// try; what it stored in the caller's transaction shares that one's fate.
    /// </summary>
    public void Restore()
    {
        if (Transaction is null)
        {
            return;
        }

        Transaction.Dispose();
        Transaction = null;
        lock (_lock)
        {
            _rows.InsertRange(0, _stored);
            _stored.Clear();
        }
    }
}
