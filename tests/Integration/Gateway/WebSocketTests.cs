using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class WebSocketTests : IAsyncLifetime
{
    private int _forwarded;
    private Upstream _upstream = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(EchoAsync);
        _gateway = await TestGateway.StartAsync(
            _upstream, "--Cors:Origins:0=https://app.example.org", "--Limits:MaxRequestBytes=2048");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized, "invalid_api_key")]
    [InlineData("https://evil.example.org", HttpStatusCode.Forbidden, "origin_not_allowed")]
    [InlineData("http://app.example.org", HttpStatusCode.Forbidden, "origin_not_allowed")]
    [InlineData("null", HttpStatusCode.Forbidden, "origin_not_allowed")]
    public async Task Without_a_key_or_from_a_foreign_origin_there_is_no_upgrade(
        string? origin, HttpStatusCode status, string code)
    {
        using var client = _gateway.NewClient(origin is null ? null : "sk-dev");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/responses");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        using var answer = await client.SendAsync(request);

        (await Refusal.ReadAsync(answer, status)).Code.ShouldBe(code);
        _forwarded.ShouldBe(0);
    }

    [Theory]
    [InlineData("https://app.example.org", true)]
    [InlineData("https://evil.example.org", false)]
    public async Task A_page_of_an_allowed_origin_may_call_without_a_socket_too(string origin, bool isAllowed)
    {
        using var client = _gateway.NewClient(key: null);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/api/streams");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", "authorization");

        using var answer = await client.SendAsync(request);

        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBe(isAllowed);
        _forwarded.ShouldBe(0);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("https://app.example.org")]
    [InlineData("https://APP.example.org")]
    public async Task From_an_allowed_origin_or_from_none_messages_go_both_ways(string? origin)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer sk-dev");
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        await socket.ConnectAsync(
            new UriBuilder(_gateway.Public) { Scheme = "ws", Path = "/v1/responses" }.Uri, CancellationToken.None);

        // More than the bound of a body, which is none of a socket.
        var sent = new byte[10_000];
        Random.Shared.NextBytes(sent);
        var received = new byte[sent.Length];
        await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        var length = 0;
        while (length < sent.Length)
        {
            length += (await socket.ReceiveAsync(received.AsMemory(length), CancellationToken.None)).Count;
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);

        received.ShouldBe(sent);
        socket.CloseStatusDescription.ShouldBe("bye");
    }

    [Fact]
    public async Task An_origin_that_is_none_is_refused_at_start()
    {
        var failure = await Should.ThrowAsync<Microsoft.Extensions.Options.OptionsValidationException>(() =>
            TestGateway.StartAsync(_upstream, "--Cors:Origins:0=https://a.example.org/", "--Cors:Origins:1=*"));

        failure.Failures.Count().ShouldBe(2);
    }

    private async Task EchoAsync(HttpContext context)
    {
        Interlocked.Increment(ref _forwarded);
        context.Request.Headers["X-Sluice-Tenant"].ToString().ShouldBe("dev");
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4_096];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(
                    socket.CloseStatus!.Value, socket.CloseStatusDescription, CancellationToken.None);
                return;
            }

            await socket.SendAsync(
                buffer.AsMemory(0, read.Count), read.MessageType, read.EndOfMessage, CancellationToken.None);
        }
    }
}
