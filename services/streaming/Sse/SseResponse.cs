using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Sluice.Streaming.Sse;

/// <summary>
/// The answer side of one stream. Two threads write to it: the request's own loop and the heartbeat of
/// <see cref="SseTicker"/>; the gate lets one of them at the connection at a time, from a write to the end of its
/// flush.
/// Nothing is sent before the first <see cref="WriteAsync"/> or heartbeat, so that an early failure can still have a
/// status. Holds at most the 64 KiB of the server's own response buffer: then flushing waits for the reader.
/// </summary>
internal sealed class SseResponse(HttpContext context, StreamForm form) : IDisposable
{
    /// <summary>
    /// Written at a time: the deadline of a write is for a reader that takes nothing, not for one that is slow with
    /// much.
    /// </summary>
    private const int MaxWriteBytes = 32 << 10;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly PipeWriter _writer = context.Response.BodyWriter;
    private long _lastWriteMs = Environment.TickCount64;
    private long _flushingSinceMs;
    private bool _isClosed;

    /// <summary>Status and headers are on their way.</summary>
    public bool HasStarted { get; private set; }

    public void Dispose() => _gate.Dispose();

    /// <summary>
    /// Sends whole frames, or without any the head of the answer; waits while the reader does not take them.
    /// </summary>
    /// <param name="frames">They have to stay as they are until this is done.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frames)
    {
        await _gate.WaitAsync();
        try
        {
            Start();
            do
            {
                var length = Math.Min(frames.Length, MaxWriteBytes);
                _writer.Write(frames.Span[..length]);
                frames = frames[length..];
                await FlushWriterAsync();
            }
            while (!frames.IsEmpty);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends an error event, which has no position.</summary>
    public ValueTask WriteErrorAsync(ReadOnlySpan<byte> data)
    {
        var name = form == StreamForm.Native ? "event: error\n"u8 : default;
        return WriteAsync((byte[])[.. name, .. "data: "u8, .. data, .. "\n\n"u8]);
    }

    /// <summary>Waits for a heartbeat in flight; none follows.</summary>
    public async ValueTask CloseAsync()
    {
        await _gate.WaitAsync();
        _isClosed = true;
        _gate.Release();
    }

    /// <summary>
    /// Called by the ticker: sends a heartbeat after a silence, and resets the connection when a flush waits too long.
    /// </summary>
    public void Tick(long nowMs, StreamingOptions options)
    {
        var flushing = Volatile.Read(ref _flushingSinceMs);
        if (flushing != 0 && nowMs - flushing > options.WriteTimeout.TotalMilliseconds)
        {
            context.Abort();
            return;
        }

        if (nowMs - Volatile.Read(ref _lastWriteMs) >= options.HeartbeatInterval.TotalMilliseconds && _gate.Wait(0))
        {
            _ = HeartbeatAsync();
        }
    }

    private async Task HeartbeatAsync()
    {
        try
        {
            if (_isClosed || context.RequestAborted.IsCancellationRequested)
            {
                return;
            }

            // One line end and no blank line: a blank line would end an event of some clients (api.md).
            Start();
            _writer.Write(form == StreamForm.Native ? "event: heartbeat\ndata: {}\n\n"u8 : ": hb\n"u8);
            await FlushWriterAsync();
        }
        catch (Exception)
        {
            // Nobody awaits a heartbeat: whatever broke the connection, the request's own loop learns it by the reset.
            context.Abort();
        }
        finally
        {
            _gate.Release();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FlushWriterAsync()
    {
        var nowMs = Environment.TickCount64;
        Volatile.Write(ref _lastWriteMs, nowMs);
        Volatile.Write(ref _flushingSinceMs, nowMs);
        await _writer.FlushAsync();
        Volatile.Write(ref _flushingSinceMs, 0);
    }

    private void Start()
    {
        if (HasStarted)
        {
            return;
        }

        HasStarted = true;
        var headers = context.Response.Headers;
        headers.ContentType = "text/event-stream; charset=utf-8";
        headers.CacheControl = "no-cache, no-transform";
        headers["X-Accel-Buffering"] = "no";
    }
}
