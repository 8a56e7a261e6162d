using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// One reader's cursor over a response: a position, and the frames that it sends now. Reads from memory while the
/// position is there, that of the generating process or that of a follower of it, else from the database, and changes
/// over at any event, without a seam. For one loop.
/// </summary>
internal sealed class ResponseFeed : IDisposable
{
    private const int FirstBufferBytes = 512;

    /// <summary>A reader that has caught up gives back what a segment took.</summary>
    private const int MaxKeptBytes = 4 << 10;

    private readonly ResponseKey _key;
    private readonly Response? _live;
    private readonly FeedSources _sources;
    private readonly CancellationToken _cancellation;
    private readonly ReaderSignal _signal = new();
    private readonly FrameBuffer _frames = new(FirstBufferBytes, MaxKeptBytes);
    private readonly CancellationTokenRegistration _registration;
    private IFrameSource? _source;
    private StoredFrames? _page;
    private ReleasedFrames? _released;
    private bool _lacksRows;
    private long _next;
    private long _toldMs = long.MinValue / 2;
    private long _joinedMs = long.MinValue / 2;
    private Guid _joined;

    /// <param name="sources">Log, bounds and clock.</param>
    /// <param name="key">The response.</param>
    /// <param name="live">The response while it is generated here; else null.</param>
    /// <param name="next">Position of the first event to read.</param>
    /// <param name="cancellation">The reader's end.</param>
    public ResponseFeed(
        FeedSources sources, ResponseKey key, Response? live, long next, CancellationToken cancellation)
    {
        (_sources, _key, _next, _cancellation) = (sources, key, next, cancellation);
        _live = live;
        _source = live;
        _live?.Readers.Note(this);
        _registration = cancellation.UnsafeRegister(static signal => ((ReaderSignal)signal!).Set(), _signal);
    }

    public ResponseKey Key => _key;

    /// <summary>It reads what is generated here, and ends with a refusal once another instance has the rest.</summary>
    public bool OnlyHere { get; init; }

    /// <summary>Position of the next event that it reads.</summary>
    public long Position => Volatile.Read(ref _next);

    public void Dispose()
    {
        _registration.Dispose();
        _live?.Readers.Forget(this);
        _sources.Elsewhere.Forget(this);
        _source?.Forget(_signal);
    }

    /// <summary>
    /// Frames that are there, valid until the next call that gives some; false when the next ones have to be waited
    /// for.
    /// </summary>
    public bool TryRead(out ReadOnlyMemory<byte> frames)
    {
        frames = default;
        if (_released is { } released)
        {
            (_released, _next, frames) = (null, released.Next, released.Bytes);
            return true;
        }

        if (_page is { } page)
        {
            frames = page.Take();
            _next = page.Next;
            if (!frames.IsEmpty)
            {
                return true;
            }

            _page = null;
        }

        _frames.Reset();
        if (_source is null || _source.Frames.Read(_next, _frames) is not { } next)
        {
            return false;
        }

        _next = next;
        frames = _frames.Written;
        _source.Taken(_next);
        return !frames.IsEmpty;
    }

    /// <summary>Waits for more; false at the response's end.</summary>
    /// <exception cref="ResponseRefusedException">There will be no more although it did not end.</exception>
    /// <exception cref="OperationCanceledException">The reader has left.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> WaitAsync()
    {
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_source is not { IsLost: false } source || source.Frames.Has(_next) is not { } has)
            {
                if (await LoadAsync() is { } isThere)
                {
                    return isThere;
                }
            }
            else if (has)
            {
                return true;
            }
            else if (source.End <= _next)
            {
                return false;
            }
            else if (source.Refusal is { } refusal)
            {
                throw new ResponseRefusedException(refusal);
            }
            else
            {
                var wait = source.WaitAsync(_signal, _next);
                if (_cancellation.IsCancellationRequested)
                {
                    // The registration may have run before the wait began, and then nobody else would end it.
                    _signal.Set();
                }

                await wait;
                var released = _signal.Released;
                _signal.Released = null;

                // Not where more has come since: that is read with it, and sent at one time. Nor where it waits for
                // what lies further on, as a reader does that knows more than its follower.
                if (released is not null && released.From == _next && released.Next == source.Frames.Readable)
                {
                    _cancellation.ThrowIfCancellationRequested();
                    _released = released;
                    return true;
                }
            }
        }
    }

    /// <summary>
    /// Its owner is another instance, which would cancel what nobody reads: it is told three times in a resume window,
    /// also by a reader that is behind and never waits. A follower is a reader there too, once it is connected.
    /// </summary>
    private async ValueTask FollowAsync(StoredResponse stored)
    {
        _sources.Elsewhere.Note(this);
        var nowMs = Environment.TickCount64;
        if (nowMs - _toldMs >= _sources.Log.FollowEvery.TotalMilliseconds)
        {
            _toldMs = nowMs;
            await _sources.Log.FollowAsync(_key, _cancellation);
        }

        if (stored.Owner == Guid.Empty)
        {
            // Handed over, and not taken yet: nobody to follow.
            return;
        }

        // A new owner is followed at once, however lately the old one was tried.
        if (stored.Owner != _joined || nowMs - _joinedMs >= _sources.Followers.RetryEvery.TotalMilliseconds)
        {
            (_joined, _joinedMs) = (stored.Owner, nowMs);
            if (_sources.Followers.TryJoin(_key, stored) is { } follower)
            {
                _source?.Forget(_signal);
                _source = follower;
            }
        }
    }

    /// <summary>A page of the database; false at the end, null when there is nothing new yet.</summary>
    private async Task<bool?> LoadAsync()
    {
        if (OnlyHere && _live is { IsLost: true })
        {
            throw new ResponseRefusedException(Refusal.InstanceReplaced);
        }

        // The state first: an end that is seen has all its events committed before it.
        var stored = await _sources.Log.FindAsync(_key, _cancellation);
        if (stored is null)
        {
            // Lost before its first commit, or expired while it was read.
            throw new ResponseRefusedException(
                _live?.Refusal ?? (_live is null ? Refusal.Interrupted : Refusal.InstanceReplaced));
        }

        if (!stored.IsEnded && _source is null or { IsLost: true })
        {
            await FollowAsync(stored);
        }

        if (_next >= stored.Next)
        {
            if (stored.IsEnded)
            {
                return false;
            }

            if (_source is { IsLost: false, Refusal: { } refusal } source && source.Frames.Has(_next) is null)
            {
                // Its end may never come into the database.
                throw new ResponseRefusedException(refusal);
            }

            if (_source is null or { IsLost: true } || _source.Frames.Has(_next) is null)
            {
                await Task.Delay(_sources.Options.PollInterval, _sources.Time, _cancellation);
            }

            return null;
        }

        var rows = await _sources.Log.ReadAsync(_key, _next, _cancellation);
        if (rows.Count == 0)
        {
            // Deleted in between, which the next look tells; else the log has lost them.
            if (_lacksRows)
            {
                throw LogReplay.Missing(_key, _next);
            }

            _lacksRows = true;
            return null;
        }

        _lacksRows = false;
        _page = new StoredFrames(stored, rows, _next);
        return true;
    }
}
