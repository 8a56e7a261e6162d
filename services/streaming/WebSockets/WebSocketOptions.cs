using System.ComponentModel.DataAnnotations;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// Configuration section <c>WebSocket</c>: bounds of sockets on <c>/v1/responses</c>. A write waits for its reader for
/// <c>Streaming:WriteTimeout</c>, as in any stream.
/// </summary>
public sealed class WebSocketOptions
{
    public const string Section = "WebSocket";

    /// <summary>Open sockets of the process; one more gets 503. Default 2,000; 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxSockets { get; init; } = 2_000;

    /// <summary>
    /// Largest message of a client, in bytes; a larger one closes the socket with 1009. Default 1,048,576 (1 MiB); 1
    /// KiB to 32 MiB. <c>Streaming:MaxRequestBytes</c> bounds it too.
    /// </summary>
    [Range(1 << 10, 32 << 20)]
    public int MaxMessageBytes { get; init; } = 1 << 20;

    /// <summary>
    /// Lanes of one socket (values of <c>stream_id</c>) with a response that runs; one more gets an error event.
    /// Default 16; 1 to 1,000.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxLanes { get; init; } = 16;

    /// <summary>
    /// Requests of one lane that wait behind the running one; one more gets an error event. Default 8; 0 to 1,000.
    /// </summary>
    [Range(0, 1_000)]
    public int MaxWaitingPerLane { get; init; } = 8;

    /// <summary>
    /// A socket without a message and without a running response for so long is closed with 1000. Default 5 min; 100
    /// ms to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Silence after which a socket is pinged; keeps what lies between from closing it. Default 15 s; 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a ping may be unanswered before the socket is cut. Default 45 s; 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long the client may take to answer the server's close before the socket is cut. Default 5 s; 100 ms to 1
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);
}
