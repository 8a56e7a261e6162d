using System.Buffers;
using Microsoft.Extensions.Options;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// One reader's cursor over a response: a position and nothing else. Reads from the memory of the generating process
/// while the position is there, else from the database, and changes over at any event, without a seam. For one loop.
/// </summary>
internal sealed class ResponseFeed : IDisposable
{
    private readonly ResponseKey _key;
    private readonly Response? _live;
    private readonly ResponseLog _log;
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;
    private readonly ReaderSignal _signal = new();
    private readonly CancellationTokenRegistration _registration;
    private ArrayBufferWriter<byte>? _page;
    private long _next;
    private long _followedMs = long.MinValue / 2;

    /// <param name="sources">Log, bounds and clock.</param>
    /// <param name="key">The response.</param>
    /// <param name="live">The response while it is generated here; else null.</param>
    /// <param name="next">Position of the first event to read.</param>
    /// <param name="cancellation">The reader's end.</param>
    public ResponseFeed(
        FeedSources sources, ResponseKey key, Response? live, long next, CancellationToken cancellation)
    {
        (_log, _options, _time) = (sources.Log, sources.Options, sources.Time);
        (_key, _live, _next, _cancellation) = (key, live, next, cancellation);
        _live?.Readers.Note(this);
        _registration = cancellation.UnsafeRegister(static signal => ((ReaderSignal)signal!).Set(), _signal);
    }

    /// <summary>Position of the next event that it reads.</summary>
    public long Position => Volatile.Read(ref _next);

    public void Dispose()
    {
        _registration.Dispose();
        _live?.Readers.Forget(this);
        _live?.Forget(_signal);
    }

    /// <summary>Frames that are there; false when the next ones have to be waited for.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> frames)
    {
        frames = default;
        if (_page is { WrittenCount: > 0 } page)
        {
            frames = page.WrittenMemory;
            _page = null;
            return true;
        }

        if (_live is null || _live.Frames.Read(_next) is not { } read)
        {
            return false;
        }

        (frames, _next) = read;
        _live.Taken(_next);
        return !frames.IsEmpty;
    }

    /// <summary>Waits for more; false at the response's end.</summary>
    /// <exception cref="ResponseRefusedException">There will be no more although it did not end.</exception>
    /// <exception cref="OperationCanceledException">The reader has left.</exception>
    public async ValueTask<bool> WaitAsync()
    {
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (_live is not { } live || live.IsLost || live.Frames.Read(_next) is not { } read)
            {
                if (await LoadAsync() is { } isThere)
                {
                    return isThere;
                }
            }
            else if (!read.Frames.IsEmpty)
            {
                return true;
            }
            else if (live.End <= _next)
            {
                return false;
            }
            else if (live.Refusal is { } refusal)
            {
                throw new ResponseRefusedException(refusal);
            }
            else
            {
                var wait = live.WaitAsync(_signal, _next);
                if (_cancellation.IsCancellationRequested)
                {
                    // The registration may have run before the wait began, and then nobody else would end it.
                    _signal.Set();
                }

                await wait;
            }
        }
    }

    /// <summary>
    /// Its owner is another instance, which would cancel what nobody reads: it is told three times in a resume window,
    /// also by a reader that is behind and never waits.
    /// </summary>
    private async ValueTask FollowAsync()
    {
        var nowMs = Environment.TickCount64;
        if (nowMs - _followedMs >= _log.FollowEvery.TotalMilliseconds)
        {
            _followedMs = nowMs;
            await _log.FollowAsync(_key, _cancellation);
        }
    }

    /// <summary>A page of the database; false at the end, null when there is nothing new yet.</summary>
    private async Task<bool?> LoadAsync()
    {
        // The state first: an end that is seen has all its events committed before it.
        var stored = await _log.FindAsync(_key, _cancellation);
        if (stored is null)
        {
            // Lost before its first commit, or expired while it was read.
            throw new ResponseRefusedException(
                _live?.Refusal ?? (_live is null ? Refusal.Interrupted : Refusal.InstanceReplaced));
        }

        if (!stored.IsEnded && (_live is null || _live.IsLost))
        {
            await FollowAsync();
        }

        if (_next >= stored.Next)
        {
            if (stored.IsEnded)
            {
                return false;
            }

            await Task.Delay(_options.PollInterval, _time, _cancellation);
            return null;
        }

        var page = new ArrayBufferWriter<byte>();
        foreach (var row in await _log.ReadAsync(_key, _next, _cancellation))
        {
            var seq = row.Seq;
            foreach (var one in LogFormat.Read(row.Format, row.Payload))
            {
                if (seq++ >= _next)
                {
                    var frame = new LogFrame(
                        stored.Surface, _next++, one.Kind, stored.Head, one.Data.Span);
                    frame.CopyTo(page.GetSpan(frame.Length));
                    page.Advance(frame.Length);
                }
            }
        }

        _page = page;
        return true;
    }
}
