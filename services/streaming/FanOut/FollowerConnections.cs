using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.FanOut;

/// <summary>
/// The connections to other instances: HTTP/2, about 100 followed responses on each. A peer that answers no ping is
/// given up. Thread-safe.
/// </summary>
internal sealed class FollowerConnections(IOptions<InternalOptions> options) : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(2);

    /// <summary>Unread bytes of one response; at a round trip of 1 ms it lets 256 MB/s through.</summary>
    private const int WindowBytes = 256 << 10;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        ConnectTimeout = ConnectTimeout,
        EnableMultipleHttp2Connections = true,
        InitialHttp2StreamWindowSize = WindowBytes,
        KeepAlivePingDelay = Ping,
        KeepAlivePingTimeout = Ping,
        UseCookies = false,
        UseProxy = false,
    });

    public void Dispose() => _http.Dispose();

    /// <summary>Opens the stream of a response at its owner.</summary>
    /// <param name="owner">Where.</param>
    /// <param name="id">The response's public id.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="after">Position of the last event that is not wanted; -1 for all.</param>
    /// <param name="cancellation">Ends the stream too.</param>
    /// <exception cref="HttpRequestException">It cannot be followed there.</exception>
    public async Task<HttpResponseMessage> OpenAsync(
        Uri owner, string id, string tenant, long after, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(owner, $"{FollowerEndpoint.Path}/{id}?starting_after={after}"))
        {
            Version = System.Net.HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add(InternalHeaders.Secret, options.Value.Secret);
        request.Headers.Add(InternalHeaders.Tenant, tenant);
        var response = await _http.SendAsync(request, cancellation);
        try
        {
            return response.EnsureSuccessStatusCode();
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
