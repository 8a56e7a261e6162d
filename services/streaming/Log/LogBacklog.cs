using System.Buffers;

namespace Sluice.Streaming.Log;

/// <summary>
/// The events of one response that are not in its rows: those to be committed, and before them those that were
/// committed to the journal only. The response's lock guards it. The latter are bounded: from
/// <c>Log:CompactedRowBytes</c> on the next batch writes the row; the former by the runner's wait for room.
/// </summary>
/// <param name="start">Position of the first event that is in no row.</param>
/// <param name="options">Bounds.</param>
internal sealed class LogBacklog(long start, LogOptions options)
{
    private const int FirstBufferBytes = 512;

    /// <summary>What is in the journal only; behind it, while a row is written, what that adds.</summary>
    private ArrayBufferWriter<byte> _journaled = new();
    private ArrayBufferWriter<byte> _pending = new(FirstBufferBytes);

    /// <summary>What is being committed: an array for each token would be a quarter of all garbage.</summary>
    private ArrayBufferWriter<byte> _taken = new(FirstBufferBytes);
    private long _seq = start;
    private int _journaledBytes;
    private int _journaledCount;
    private int _pendingCount;
    private bool _isRowWanted;

    /// <summary>There is something to commit.</summary>
    public bool HasWork => _pendingCount > 0 || (_isRowWanted && _journaledCount > 0);

    /// <summary>Nothing is in the journal only.</summary>
    public bool IsWritten => _journaledCount == 0;

    /// <summary>Number of the first journal row that holds something that is in no other; null without any.</summary>
    public long? Since { get; private set; }

    /// <summary>Adds an event; returns its bytes.</summary>
    public int Add(LogEventKind kind, ReadOnlySpan<byte> data)
    {
        _pendingCount++;
        return LogFormat.Write(_pending, kind, data);
    }

    /// <summary>The next batch writes a row, also one without events of its own.</summary>
    public void WantRow() => _isRowWanted = true;

    /// <summary>
    /// What is to be committed next, with a row where one is due. The first batch has one: a response that other
    /// instances see has its first events there. Both are valid until the next call, which has to wait until this is
    /// settled.
    /// </summary>
    /// <param name="next">Position after the last event.</param>
    /// <param name="isEnd">The last event ends the response: then all of it has to be in rows.</param>
    public (long Seq, int Count, ReadOnlyMemory<byte> Payload, LogRow? Row) Take(long next, bool isEnd)
    {
        (_pending, _taken) = (_taken, _pending);
        var (count, payload) = (_pendingCount, _taken.WrittenMemory);
        var isDue = isEnd || count == next || _isRowWanted
            || _journaledBytes + payload.Length >= options.CompactedRowBytes;
        _isRowWanted &= !isDue;
        Forget();
        if (!isDue)
        {
            return (next - count, count, payload, null);
        }

        _journaled.Write(payload.Span);
        var row = new LogRow(_seq, _journaledCount + count, LogFormat.Version, _journaled.WrittenMemory);
        return (next - count, count, payload, row);
    }

    /// <summary>A row of what is in the journal and, instead of what was taken, of another event.</summary>
    public LogRow RowWith(ReadOnlySpan<byte> payload) => new(
        _seq,
        _journaledCount + 1,
        LogFormat.Version,
        (byte[])[.. _journaled.WrittenSpan[.._journaledBytes], .. payload]);

    /// <summary>What was taken is in journal row <paramref name="no"/>, or with all before it in its own row.</summary>
    public void Committed(LogBatch batch, long no)
    {
        if (batch.Row is { } row)
        {
            (_seq, _journaledCount, _journaledBytes, Since) = (row.Next, 0, 0, null);
            _journaled = Emptied(_journaled, options.CompactedRowBytes + options.MaxUncommittedBytes);
        }
        else
        {
            _journaled.Write(batch.Payload.Span);
            _journaledBytes = _journaled.WrittenCount;
            _journaledCount += batch.Count;
            Since ??= no;
        }

        _taken = Emptied(_taken, options.MaxUncommittedBytes);
    }

    /// <summary>Drops what is to be committed.</summary>
    public void Forget()
    {
        _pendingCount = 0;
        _pending = Emptied(_pending, options.MaxUncommittedBytes);
    }

    /// <summary>Gives back what a large event has made it grow to: a stream may wait for minutes after one.</summary>
    private static ArrayBufferWriter<byte> Emptied(ArrayBufferWriter<byte> buffer, int maxKeptBytes)
    {
        if (buffer.Capacity > maxKeptBytes)
        {
            return new ArrayBufferWriter<byte>(FirstBufferBytes);
        }

        buffer.ResetWrittenCount();
        return buffer;
    }
}
