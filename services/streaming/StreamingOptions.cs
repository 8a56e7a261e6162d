using System.ComponentModel.DataAnnotations;

namespace Sluice.Streaming;

/// <summary>Configuration section <c>Streaming</c>: bounds and deadlines of model responses, per process.</summary>
public sealed class StreamingOptions
{
    public const string Section = "Streaming";

    public const string DefaultHttp2Url = "http://127.0.0.1:8082";

    /// <summary>
    /// Where the gateway's streams come in, over HTTP/2 without TLS: about 100 of them share a connection, so that the
    /// tokens of one moment share a system call. Default <c>http://127.0.0.1:8082</c>.
    /// </summary>
    [Required]
    public string Http2Url { get; init; } = DefaultHttp2Url;

    /// <summary>Responses running at once; one more waits in the queue. Default 4,000; 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int MaxActiveResponses { get; init; } = 4_000;

    /// <summary>
    /// Length of the queue of requests that wait for a place among the running responses, first come, first served; 0
    /// is none: then a request without a place gets 503 at once. Their bodies are not read while they wait. Default
    /// 1,000; 0 to 100,000.
    /// </summary>
    [Range(0, 100_000)]
    public int QueueLength { get; init; } = 1_000;

    /// <summary>How long a request waits in the queue; then it gets 503. Default 5 s; 10 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Share of <see cref="QueueLength"/>, rounded up, at which the queue is shut: new requests get 503 at once until
    /// it has fallen to <see cref="LowWaterMark"/>. Running responses stay at their bound meanwhile. Default 0.8; 0.01
    /// to 1.
    /// </summary>
    [Range(0.01, 1.0)]
    public double HighWaterMark { get; init; } = 0.8;

    /// <summary>
    /// Share of <see cref="QueueLength"/>, rounded down, at which a shut queue opens again. Default 0.5; 0 to 0.99, and
    /// less than <see cref="HighWaterMark"/>.
    /// </summary>
    [Range(0.0, 0.99)]
    public double LowWaterMark { get; init; } = 0.5;

    /// <summary>
    /// Readers at once, those of the requests that began the responses included; one more gets 503. Default 10,000; 1
    /// to 1,000,000.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxReaders { get; init; } = 10_000;

    /// <summary>
    /// How often in a row a response is taken over from instances that ended uncleanly before it had lasted for
    /// <see cref="TakeoverProbation"/>; then it ends with an error. One that lasts is taken over five times as often in
    /// all. Default 2; 0 to 10.
    /// </summary>
    [Range(0, 10)]
    public int MaxTakeovers { get; init; } = 2;

    /// <summary>
    /// How long a response that was taken over has to last here before it is not taken for the cause of its owner's end
    /// any more. Those that were there at two such ends in a row begin one after the other. Default 2 s; 100 ms to 1
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan TakeoverProbation { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often an instance looks for responses that another one hands over, whose readers wait for that; at least as
    /// often as <c>Instances:RenewEvery</c>, with which it also looks for those of dead ones. Default 100 ms; 10 ms to
    /// 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:00:10")]
    public TimeSpan HandoverInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Responses that one continues, from one to the other by <c>previous_response_id</c>. Default 100; 1 to 1,000.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxConversationTurns { get; init; } = 100;

    /// <summary>
    /// How long a POST with a retry count finds the background response of the request that it repeats. An
    /// Idempotency-Key is remembered for <c>Log:Retention</c>, as its response is. Default 10 min; 1 s to 24 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a read token can be used to begin reading; a stream that has begun goes on after it. Default 5 min; 1 s
    /// to 24 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ReadTokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Largest request body, in bytes. Default 33,554,432 (32 MiB); 1 KiB to 256 MiB.</summary>
    [Range(1L << 10, 256L << 20)]
    public long MaxRequestBytes { get; init; } = 32L << 20;

    /// <summary>
    /// Bodies of all running requests together, in bytes, with the conversations that they continue and the requests of
    /// responses that were taken over; one more gets 503, and nothing more is taken over. Default 536,870,912 (512
    /// MiB); 1 KiB to 64 GiB.
    /// </summary>
    [Range(1L << 10, 64L << 30)]
    public long MaxBufferedRequestBytes { get; init; } = 512L << 20;

    /// <summary>
    /// Silence after which a stream gets a heartbeat, at most a quarter or one second later. Default 12 s; 100 ms to
    /// 14 s, so that a heartbeat is never later than 15 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:14")]
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>
    /// How long a write may wait for its reader before the connection is reset. Default 20 s; 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How long a response without a reader is generated further; then it is cancelled. Default 30 s; 0 (at once) to
    /// 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a cancel or delete waits for the end of its response, whose owner may be another instance. After it one
    /// that is logged is shown as it is, and one that is not gets 503; the wish stays with both. Default 5 s; 100 ms to
    /// 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CancelPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long new requests are still taken after SIGTERM when another instance is alive, while this one says that it
    /// is not ready: a gateway asks every second and waits 2 s for the answer. Default 3 s; 0 to 1 min. It is a part of
    /// <see cref="DrainTimeout"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainNotice { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long running responses may go on after SIGTERM; then they end with an error event. Default 20 s; 0 to 10
    /// min. Keep it under <c>Http:ShutdownTimeout</c>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);
}
