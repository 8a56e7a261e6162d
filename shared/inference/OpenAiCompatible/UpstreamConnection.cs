using System.Net;
using System.Net.Http.Headers;
using Sluice.Inference.Options;

namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// The connection pool of one provider. Requests go to the configured address only: redirects are answers like any
/// other, and nothing of the caller's headers is passed on.
/// </summary>
internal sealed class UpstreamConnection : IDisposable
{
    /// <summary>
    /// HTTP/2: bytes of an answer that are held unread while its log cannot take more: 256 MiB for 4,000 streams. It
    /// lets 1 MB/s through at a distance of 60 ms.
    /// </summary>
    private const int WindowBytes = 64 << 10;

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// HTTP/2: silence after which a connection with calls is asked whether it lives, and how long it may take to
    /// answer. Calls share it, so that new ones must not be sent into one that is dead.
    /// </summary>
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(10);

    private readonly HttpMessageInvoker _client;
    private readonly AuthenticationHeaderValue? _key;
    private readonly HttpVersionPolicy _versionPolicy;

    public UpstreamConnection(ProviderOptions options)
    {
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.MaxConcurrency,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
            EnableMultipleHttp2Connections = true,
            InitialHttp2StreamWindowSize = WindowBytes,
            KeepAlivePingDelay = Ping,
            KeepAlivePingTimeout = Ping,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            AllowAutoRedirect = false,
            UseCookies = false,

            // An answer that is given up closes its socket at once instead of being read to its end.
            MaxResponseDrainSize = 0,
        });
        var address = options.BaseUrl!.TrimEnd('/');
        Chat = new Uri(address + "/chat/completions");
        Embeddings = new Uri(address + "/embeddings");
        _versionPolicy = options.VersionPolicy;
        _key = string.IsNullOrEmpty(options.ApiKey) ? null : new AuthenticationHeaderValue("Bearer", options.ApiKey);
    }

    /// <summary>Where chat completions are asked for.</summary>
    public Uri Chat { get; }

    /// <summary>Where embeddings are asked for.</summary>
    public Uri Embeddings { get; }

    public void Dispose() => _client.Dispose();

    /// <summary>
    /// Sends the request and returns when the answer's headers are there. A failed connect is tried once more, as the
    /// provider has not seen the request; nothing else is.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        Uri address, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        try
        {
            return await TrySendAsync(address, body, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return await TrySendAsync(address, body, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Gives a connection back to the pool after the answer's last event: what follows is only the end of the body.
    /// </summary>
    public static async Task ReleaseAsync(HttpResponseMessage response, Stream body)
    {
        using var late = new CancellationTokenSource(ReleaseTimeout);

        // The answer is complete: that its connection cannot be used again harms nobody, so a failure is not looked at.
        Task rest = body.ReadAsync(new byte[16], late.Token).AsTask();
        await rest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        response.Dispose();
    }

    private Task<HttpResponseMessage> TrySendAsync(
        Uri address, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = _versionPolicy,
            Content = new ReadOnlyMemoryContent(body),
        };
        message.Content.Headers.ContentType = Json;
        message.Headers.Authorization = _key;
        return _client.SendAsync(message, cancellation);
    }
}
