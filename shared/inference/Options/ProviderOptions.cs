namespace Sluice.Inference.Options;

/// <summary>One entry of <c>Inference:Providers</c>. Limits are per process.</summary>
public sealed class ProviderOptions
{
    /// <summary>Default <c>OpenAI</c>.</summary>
    public ProviderKind Kind { get; init; } = ProviderKind.OpenAI;

    /// <summary>
    /// For <c>OpenAI</c>, required: absolute http or https URL up to and with the version, such as
    /// <c>https://api.openai.com/v1</c>; no query, no user info. Never taken from a request.
    /// </summary>
    public string? BaseUrl { get; init; }

    /// <summary>For <c>OpenAI</c>: sent as bearer token; printable ASCII. Default none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>
    /// How HTTP/2 is come to. <c>RequestVersionOrLower</c> (default): where TLS offers it, else HTTP/1.1.
    /// <c>RequestVersionExact</c>: at once, also without TLS ("prior knowledge", RFC 9113 section 3.3), for servers
    /// and proxies in the same network that speak it: a connection for about a hundred calls instead of one for each.
    /// </summary>
    public HttpVersionPolicy VersionPolicy { get; init; } = HttpVersionPolicy.RequestVersionOrLower;

    /// <summary>
    /// Models served; default none. A provider needs 1 to 1,000 ids of 1 to 200 characters. A model that several
    /// providers name is asked of them in the order of <see cref="Priority"/>, until one begins to answer. Then their
    /// bounds add up, the strictest <see cref="Durability"/> holds, and a <see cref="Continuation"/> that not all of
    /// them have is <c>None</c>.
    /// </summary>
    public List<string> Models { get; init; } = [];

    /// <summary>
    /// Place among the providers of a model, lower first; those that are equal go by name. Default 0, from -1,000 to
    /// 1,000.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>How the provider can go on with an interrupted answer. Default <c>None</c>.</summary>
    public Continuation Continuation { get; init; } = Continuation.None;

    /// <summary>
    /// What its streamed answers survive, unless a request says otherwise. Default <c>BeforeDelivery</c>.
    /// </summary>
    public StreamDurability Durability { get; init; } = StreamDurability.BeforeDelivery;

    /// <summary>
    /// Calls open at one time; one more goes to the model's next provider, or waits. Default 1,000, from 1 to 100,000.
    /// </summary>
    public int MaxConcurrency { get; init; } = 1_000;

    /// <summary>
    /// Calls that wait for one of those to end; one more fails at once. Default 100, from 0 to 100,000.
    /// </summary>
    public int QueueLength { get; init; } = 100;

    /// <summary>How long a call waits before it fails. Default 5 s, from 1 ms to 1 min.</summary>
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest whole answer or stream, in bytes. Default 64 MiB, from 1 KiB to 1 GiB.</summary>
    public long MaxResponseBytes { get; init; } = 64L << 20;

    /// <summary>
    /// Longest line of a stream, and its longest event, in bytes. Default 1 MiB, from 1 KiB to 64 MiB.
    /// </summary>
    public int MaxLineBytes { get; init; } = 1 << 20;

    /// <summary>Time to connect, TLS included. Default 5 s, from 100 ms to 1 min.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the sent request to the first content of a stream. Default 1 min, from 100 ms to 1 h.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest silence within a stream; time in which nothing is read of it does not count. Default 30 s, from 100 ms
    /// to 1 h.
    /// </summary>
    public TimeSpan GapTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From the sent request to the end of a whole answer. Default 10 min, from 100 ms to 24 h.</summary>
    public TimeSpan CompletionTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>When it is spared because it keeps failing. Default: half of at least 10 calls in 30 s.</summary>
    public CircuitOptions Circuit { get; init; } = new();
}
