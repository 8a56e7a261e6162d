using Microsoft.Extensions.Options;

namespace Sluice.Streaming.Log;

/// <summary>The log's bounds, and the bytes that wait for a commit in all running responses. Thread-safe.</summary>
internal sealed class LogBounds(
    IOptions<LogOptions> options, IOptions<StreamingOptions> streaming, TimeProvider time)
{
    private long _uncommitted;

    public LogOptions Options => options.Value;

    public TimeProvider Time => time;

    public long MaxBodyBytes => streaming.Value.MaxRequestBytes;

    /// <summary>How long what is not stored can still be read after its end.</summary>
    public TimeSpan ResumeWindow => streaming.Value.ResumeWindow;

    /// <summary>All responses together have reached <c>Log:MaxTotalUncommittedBytes</c>.</summary>
    public bool IsFull => Volatile.Read(ref _uncommitted) >= options.Value.MaxTotalUncommittedBytes;

    /// <summary>Counts bytes that wait; negative ones wait no longer.</summary>
    public void Hold(int bytes) => Interlocked.Add(ref _uncommitted, bytes);
}
