using System.Buffers;
using Npgsql;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// Follows a response at the instance that generates it, for all readers that came here: one stream over the network,
/// and the newest frames in memory. Whatever ends the stream but the response's own end makes it lost, and its readers
/// go on from the database. Thread-safe; memory is bounded by <c>Followers:WindowBytes</c> and one event.
/// </summary>
/// <param name="key">The response.</param>
/// <param name="start">Position of the first frame that it asks for; those before are in the database.</param>
/// <param name="options">Bounds.</param>
/// <param name="left">Told once, when its last reader has left or it is lost.</param>
/// <param name="stop">Ends its stream. Never disposed: its last reader may leave long after that.</param>
internal sealed class Follower(
    ResponseKey key, long start, FollowerOptions options, Action<Follower> left, CancellationTokenSource stop)
    : IFrameSource
{
    private const int FirstBufferBytes = 4 << 10;

    private readonly Lock _lock = new();
    private readonly WaitingReaders _waiting = new();
    private long _end = long.MaxValue;
    private int _readers;
    private bool _isLeft;

    public ResponseKey Key => key;

    public FrameWindow Frames { get; } = new(options.WindowBytes, start);

    public long End => Volatile.Read(ref _end);

    public Refusal? Refusal => null;

    public bool IsLost { get; private set; }

    /// <summary>The instance that it follows at, once it is known.</summary>
    public Guid Owner { get; private set; }

    public void Taken(long seq)
    {
    }

    public ValueTask WaitAsync(ReaderSignal signal, long seq)
    {
        var wait = signal.Arm();
        lock (_lock)
        {
            if (Frames.Readable > seq || End <= seq || IsLost)
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

    /// <summary>Counts a reader; false when the last one has left already, or nothing more comes.</summary>
    public bool TryJoin()
    {
        lock (_lock)
        {
            if (_isLeft)
            {
                return false;
            }

            _readers++;
            return true;
        }
    }

    public void Forget(ReaderSignal signal)
    {
        bool leaves;
        lock (_lock)
        {
            _waiting.Remove(signal);
            if (--_readers > 0)
            {
                return;
            }

            leaves = !_isLeft;
            _isLeft = true;
        }

        Frames.Close();
        if (leaves)
        {
            Stop();
        }
    }

    /// <summary>Runs to the end of the response, of its readers, or of the connection.</summary>
    /// <param name="connect">Opens the stream; tells the owner before.</param>
    public async Task RunAsync(Func<Action<Guid>, CancellationToken, Task<HttpResponseMessage>> connect)
    {
        var isWhole = false;
        try
        {
            using var response = await connect(owner => Owner = owner, stop.Token);
            await using var stream = await response.Content.ReadAsStreamAsync(stop.Token);
            isWhole = await CopyAsync(stream);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or NpgsqlException
            or OperationCanceledException or TimeoutException)
        {
            // The readers go on from the database, and try again.
        }
        finally
        {
            Finish(isWhole);
        }
    }

    /// <summary>What it follows has another owner, or none.</summary>
    public void Lose() => Finish(isWhole: false);

    /// <summary>True at the response's end, which is the only one without a reset or an error event.</summary>
    private async Task<bool> CopyAsync(Stream stream)
    {
        var next = start;
        var (buffer, length) = (new byte[FirstBufferBytes], 0);
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length >= options.MaxEventBytes)
                {
                    return false;
                }

                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, options.MaxEventBytes));
            }

            var count = await stream.ReadAsync(buffer.AsMemory(length), stop.Token);
            if (count == 0)
            {
                return length == 0;
            }

            ReadOnlyMemory<byte> rest = buffer.AsMemory(0, length + count);
            while (FollowedFrames.TryTake(ref rest, out var seq, out var frame))
            {
                if (seq != next)
                {
                    return false;
                }

                Frames.Add(next++, frame.Span);
            }

            length = rest.Length;
            rest.Span.CopyTo(buffer);
            Release(next);
        }
    }

    private void Release(long next)
    {
        lock (_lock)
        {
            if (next == Frames.Readable || IsLost)
            {
                return;
            }

            _waiting.Release(Frames, next);
            _waiting.Wake();
        }
    }

    private void Finish(bool isWhole)
    {
        lock (_lock)
        {
            if (isWhole && !IsLost)
            {
                Volatile.Write(ref _end, Frames.Readable);
            }
            else if (End == long.MaxValue)
            {
                IsLost = true;
            }

            _waiting.Wake();
        }

        Leave();
    }

    /// <summary>Nobody new joins; the stream ends.</summary>
    private void Leave()
    {
        lock (_lock)
        {
            if (_isLeft)
            {
                return;
            }

            _isLeft = true;
        }

        Stop();
    }

    private void Stop()
    {
        left(this);
        _ = stop.CancelAsync();
    }
}
