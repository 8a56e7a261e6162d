using Sluice.Durability.Instances;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>
/// One response while this process generates it. The runner appends events, the committer takes what is not yet in the
/// database and says when it is, readers follow. Frames become readable by their commit, never before. Thread-safe;
/// one runner, one committer, any number of readers. Uncommitted bytes are bounded by the runner's wait for room.
/// </summary>
/// <param name="identity">Whose and which.</param>
/// <param name="lease">The incarnation that generates it.</param>
/// <param name="bounds">Bounds, and what all responses of the process have in hand.</param>
/// <param name="generation">
/// Stops the generation. Never disposed: a reader's absence may end long after the response has.
/// </param>
internal sealed class Response(
    ResponseIdentity identity, InstanceLease lease, LogBounds bounds, CancellationTokenSource generation)
    : IFrameSource
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ReaderSignal _room = new();
    private readonly WaitingReaders _waiting = new();
    private readonly LogBacklog _backlog = new(identity.Start, bounds.Options);
    private long _next = identity.Start;
    private int _uncommitted;
    private string? _endState;
    private bool _isReleased = identity.Start > 0;
    private bool _isQueued;
    private bool _isRejected;
    private long _end = long.MaxValue;

    public ResponseIdentity Identity => identity;

    public ResponseKey Key => identity.Key;

    /// <summary>The incarnation that owns it.</summary>
    public InstanceLease Lease => lease;

    public ReaderCount Readers { get; } = new();

    /// <summary>False for one that only its first reader reads, from memory, once.</summary>
    public bool IsLogged => identity.IsLogged;

    /// <summary>One without a log keeps what its reader has not taken yet; then there is no room for more.</summary>
    public FrameWindow Frames { get; } =
        new(identity.IsLogged ? bounds.Options.MaxWindowBytes : long.MaxValue, identity.Start);

    /// <summary>What its chunks begin with; set by the runner before the first event.</summary>
    public ReadOnlyMemory<byte> Head { get; set; }

    /// <summary>Cancelled when it is not to be generated any further.</summary>
    public CancellationToken Generation => generation.Token;

    /// <summary>Why <see cref="Generation"/> was cancelled.</summary>
    public CancelReason CancelReason { get; private set; }

    /// <summary>Set when readers get no more of it although it has no committed end.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Another instance owns it now; what comes next is in the database.</summary>
    public bool IsLost { get; private set; }

    /// <summary>Completes when its end is committed, or when it was refused or lost.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Position after its last event once that is committed, else the largest number.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>Chunks with content that the provider has sent, to this process or to earlier owners.</summary>
    public long Tokens { get; set; }

    /// <summary>Something of it is committed or will be.</summary>
    public bool IsReleased => Volatile.Read(ref _isReleased);

    /// <summary>Data of the event that ended it, where there is no log to find it in; else empty.</summary>
    public ReadOnlyMemory<byte> LastWord { get; private set; }

    /// <summary>
    /// More may be appended. One that has nothing to commit, or is not released yet, always may: then its own commit is
    /// all that a runner ever waits for, also where all responses together have reached their bound.
    /// </summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return !IsLogged
                    ? !_isReleased || Frames.Bytes < bounds.Options.MaxWindowBytes
                    : _uncommitted == 0 || !_isReleased
                        || (_uncommitted < bounds.Options.MaxUncommittedBytes && !bounds.IsFull);
            }
        }
    }

    /// <summary>Appends an event; true when the committer is to be told of this response.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="data">Copied.</param>
    /// <param name="release">Lets it and all before it be committed: the answer has begun.</param>
    /// <param name="endState">The response's last state, with the event that ends it.</param>
    public bool Append(LogEventKind kind, ReadOnlySpan<byte> data, bool release, string? endState = null)
    {
        ReaderSignal? reader;
        lock (_lock)
        {
            if (_endState is not null || IsLost)
            {
                return false;
            }

            Frames.Add(_next, new LogFrame(identity.Surface, _next, kind, Head.Span, data));
            _next++;
            _endState = endState;
            _isReleased |= release;
            if (IsLogged)
            {
                Hold(_backlog.Add(kind, data));
                return TryQueue();
            }

            LastWord = endState is null ? default : data.ToArray();
            reader = Deliver();
        }

        reader?.Set();
        return false;
    }

    /// <summary>The reader has all before <paramref name="seq"/>; matters where there is no log.</summary>
    public void Taken(long seq)
    {
        if (!IsLogged)
        {
            Frames.Drop(seq);
            if (_room.IsWaiting && HasRoom)
            {
                ReaderSignal.Wake([_room]);
            }
        }
    }

    /// <summary>
    /// What is not committed yet, as one batch; null when there is nothing. The next one only after this is settled.
    /// </summary>
    public LogBatch? Take()
    {
        lock (_lock)
        {
            if (!_backlog.HasWork || IsLost || _isRejected)
            {
                _isQueued = false;
                return null;
            }

            var (seq, count, payload, row) = _backlog.Take(_next, isEnd: _endState is not null);
            return new LogBatch(this, seq, count, payload, _endState) { Row = row };
        }
    }

    /// <summary>The batch is in the database; true when there is more to take already.</summary>
    /// <param name="batch">What <see cref="Take"/> gave.</param>
    /// <param name="no">Number of the journal row that it is in, where it has no row of its own.</param>
    /// <param name="waiting">Takes who waits for it: the caller wakes them.</param>
    public bool Committed(LogBatch batch, long no, List<ReaderSignal> waiting)
    {
        bool again;
        lock (_lock)
        {
            _isQueued = false;
            if (_isRejected || IsLost)
            {
                return false;
            }

            Hold(-batch.Payload.Length);
            _backlog.Committed(batch, no);
            _waiting.Release(Frames, batch.Next);
            if (batch.EndState is not null)
            {
                Volatile.Write(ref _end, batch.Next);
                _ended.TrySetResult();
            }

            again = TryQueue();
            _waiting.TakeTo(waiting);
        }

        // A runner that begins to wait only now looks for room after that, and finds it.
        if (_room.IsWaiting)
        {
            waiting.Add(_room);
        }

        return again;
    }

    /// <summary>Wants a row for all that is there; true when the committer is to be told of this response.</summary>
    public bool WantRow()
    {
        lock (_lock)
        {
            _backlog.WantRow();
            return TryQueue();
        }
    }

    /// <summary>The oldest journal row that it has something in and no row of its own for; else null.</summary>
    public long? JournaledSince
    {
        get
        {
            lock (_lock)
            {
                return _backlog.Since;
            }
        }
    }

    /// <summary>Waits until all that was appended is in rows, or never will be; for the runner.</summary>
    public async Task WaitForRowsAsync()
    {
        while (true)
        {
            var wait = _room.Arm();
            lock (_lock)
            {
                if ((_uncommitted == 0 && _backlog.IsWritten) || IsLost || _isRejected)
                {
                    return;
                }
            }

            await wait;
        }
    }

    /// <summary>Waits until there is less to commit than the bound; for the runner.</summary>
    public ValueTask WaitForRoomAsync()
    {
        var wait = _room.Arm();
        if (HasRoom || IsLost || CancelReason != CancelReason.None)
        {
            _room.Set();
        }

        return wait;
    }

    /// <summary>Ends when there is something to read at <paramref name="seq"/>, or never will be.</summary>
    public ValueTask WaitAsync(ReaderSignal signal, long seq)
    {
        var wait = signal.Arm();
        lock (_lock)
        {
            if (Frames.Readable > seq || End <= seq || Refusal is not null || IsLost)
            {
                signal.Set();
            }
            else
            {
                _waiting.Add(signal);
            }
        }

        return wait;
    }

    /// <summary>Forgets a reader that has left.</summary>
    public void Forget(ReaderSignal signal)
    {
        lock (_lock)
        {
            _waiting.Remove(signal);
        }
    }

    /// <summary>Stops the generation; the first reason counts.</summary>
    public void Cancel(CancelReason reason)
    {
        lock (_lock)
        {
            if (CancelReason == CancelReason.None)
            {
                CancelReason = reason;
            }
        }

        // On the pool: what hangs on the token closes sockets, and the caller may be the committer.
        _ = generation.CancelAsync();
        ReaderSignal.Wake([_room]);
    }

    /// <summary>Nothing was or will be committed of it: readers get the refusal.</summary>
    public void Refuse(Refusal refusal)
    {
        Interrupt(refusal);
        lock (_lock)
        {
            Hold(-_uncommitted);
        }

        ReaderSignal.Wake([_room]);
        _ended.TrySetResult();
    }

    /// <summary>
    /// The database does not take a batch: nothing from it on is kept or delivered, readers are told, and it ends with
    /// the event that is returned.
    /// </summary>
    public LogBatch Reject(LogBatch refused, Refusal refusal)
    {
        LogBatch end;
        lock (_lock)
        {
            _endState = ResponseState.Failed;
            _isRejected = true;
            _backlog.Forget();
            end = new LogBatch(this, refused.Seq, 1, refusal.Frame(), _endState)
            {
                Row = _backlog.RowWith(refusal.Frame()),
            };
        }

        Cancel(CancelReason.LogAway);
        Refuse(refusal);
        return end;
    }

    /// <summary>Ends the readers that are here; what was appended is still committed and can be read then.</summary>
    public void Interrupt(Refusal refusal)
    {
        lock (_lock)
        {
            Refusal ??= refusal;
            _waiting.Wake();
        }
    }

    /// <summary>Its instance was fenced: nothing of it can be committed here any more.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            IsLost = true;
            Hold(-_uncommitted);
            _waiting.Wake();
        }

        Cancel(CancelReason.Lost);
        _ended.TrySetResult();
    }

    /// <summary>Without a log what was appended is readable at once, by the reader that is returned.</summary>
    private ReaderSignal? Deliver()
    {
        if (!_isReleased)
        {
            return null;
        }

        Frames.Release(_next);
        if (_endState is not null)
        {
            Volatile.Write(ref _end, _next);
            _ended.TrySetResult();
        }

        return _waiting.TakeOne();
    }

    private void Hold(int bytes)
    {
        _uncommitted += bytes;
        bounds.Hold(bytes);
    }

    private bool TryQueue()
    {
        if (_isQueued || !_isReleased || !_backlog.HasWork)
        {
            return false;
        }

        _isQueued = true;
        return true;
    }
}
