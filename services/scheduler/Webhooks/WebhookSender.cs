using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Sends events to their receivers. Follows no redirect, uses no proxy and keeps no cookie; the addresses are checked
/// when a connection is made, so that a name which leads elsewhere by then is of no use. Thread-safe.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MaxErrorLength = 300;
    private const int MaxHeaderKilobytes = 16;

    private readonly WebhookAddresses _addresses;
    private readonly WebhookSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly TimeSpan _timeout;
    private readonly HttpMessageInvoker _http;

    public WebhookSender(
        WebhookAddresses addresses, WebhookSecrets secrets, IOptions<WebhookOptions> options, TimeProvider time)
    {
        (_addresses, _secrets) = (addresses, secrets);
        _time = time;
        _timeout = options.Value.Timeout;
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = ConnectAsync,
        });
    }

    /// <summary>Tries once. Never throws but for <paramref name="cancellationToken"/>.</summary>
    public async Task<WebhookAnswer> SendAsync(DueDelivery delivery, CancellationToken cancellationToken)
    {
        if (_secrets.Open(delivery.WebhookId, delivery.Secret) is not { } secret)
        {
            return new(null, "The webhook's secret was encrypted with a key that is not configured any more.");
        }

        using var patience = new CancellationTokenSource(_timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = Request(delivery, secret);
            using var response = await _http.SendAsync(request, either.Token);
            var status = (int)response.StatusCode;
            return status is >= 200 and < 300
                ? new(status, null)
                : new(status, status is >= 300 and < 400
                    ? "The receiver redirects, which is not followed; register the address that it names."
                    : $"The receiver answered {status}.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"The receiver did not answer within {_timeout.TotalSeconds:0.###} s.");
        }
        catch (HttpRequestException e)
        {
            var reason = (e.InnerException as WebhookAddressException ?? (Exception)e).Message;
            return new(null, reason.Length <= MaxErrorLength ? reason : reason[..MaxErrorLength]);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(DueDelivery delivery, byte[] secret)
    {
        var body = WebhookEvents.BodyOf(delivery);
        var (id, now) = (PublicId.Event(delivery.Id), _time.GetUtcNow());
        var request = new HttpRequestMessage(HttpMethod.Post, delivery.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new("Sluice", "1"));
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", WebhookSecret.Timestamp(now));
        request.Headers.Add("webhook-signature", WebhookSecret.Sign(secret, id, now, body));
        return request;
    }

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.DnsEndPoint;
        var addresses = await _addresses.ResolveAsync(endpoint.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses.ToArray(), endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
