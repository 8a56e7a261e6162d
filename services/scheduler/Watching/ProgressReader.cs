using System.Buffers;
using System.IO.Pipelines;
using System.Text;

namespace Sluice.Scheduler.Watching;

/// <summary>The answer side of one reader of events. For one request's own loop.</summary>
internal sealed class ProgressReader(HttpContext http, WatchOptions options, TimeProvider time)
{
    private readonly PipeWriter _writer = http.Response.BodyWriter;
    private bool _hasEvent;
    private long _lastWrite = time.GetTimestamp();

    /// <summary>How long until something has to be sent.</summary>
    public TimeSpan UntilHeartbeat
    {
        get
        {
            var left = options.HeartbeatInterval - time.GetElapsedTime(_lastWrite);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Start()
    {
        var headers = http.Response.Headers;
        headers.ContentType = "text/event-stream; charset=utf-8";
        headers.CacheControl = "no-cache, no-transform";
        headers["X-Accel-Buffering"] = "no";
    }

    public Task SendAsync(ProgressEvent next)
    {
        // A block of its own would end an event of some clients, so the time to reconnect is in the first one.
        var retry = _hasEvent ? "" : "retry: 1000\n";
        _hasEvent = true;
        _writer.Write(Encoding.UTF8.GetBytes($"{retry}id: {next.Position}\nevent: {next.Name}\ndata: "));
        _writer.Write(next.Data.Span);
        _writer.Write("\n\n"u8);
        return FlushAsync();
    }

    /// <summary>No event, but what an <c>EventSource</c> comes back with.</summary>
    public Task IdAsync(ProgressPosition position)
    {
        _writer.Write(Encoding.UTF8.GetBytes($"id: {position}\n\n"));
        return FlushAsync();
    }

    public Task HeartbeatAsync()
    {
        // One line end and no blank line, as everywhere.
        _writer.Write(": hb\n"u8);
        return FlushAsync();
    }

    /// <summary>Resets the connection of a reader that takes nothing.</summary>
    private async Task FlushAsync()
    {
        _lastWrite = time.GetTimestamp();
        using var patience = new CancellationTokenSource(options.WriteTimeout, time);
        using var cut = patience.Token.UnsafeRegister(_ => http.Abort(), null);
        await _writer.FlushAsync(http.RequestAborted);
    }
}
