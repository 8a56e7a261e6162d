using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>Sockets through the gateway, which forwards them over HTTP/2.</summary>
public sealed class SocketTests
{
    [Fact]
    public async Task A_close_of_the_instance_reaches_the_client_after_its_last_event()
    {
        // Less than is sent: over HTTP/2 a socket is a request body to the framework, whose bound must not hold for it.
        await using var sluice = await InProcessSluice.StartAsync(kind =>
            kind is ServiceKind.Gateway or ServiceKind.Streaming ? ["Http:MaxRequestBodyBytes=4096"] : []);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer sk-dev");
        await socket.ConnectAsync(
            new UriBuilder(sluice.PublicUrl) { Scheme = "ws", Path = "/v1/responses" }.Uri, CancellationToken.None);
        await socket.SendAsync(
            JsonSerializer.SerializeToUtf8Bytes(new
            {
                type = "response.create",
                model = "sluice-sim",
                input = "@sim count tokens=60 delay_ms=20",
                instructions = new string('a', 8_000),
            }),
            WebSocketMessageType.Text,
            endOfMessage: true,
            CancellationToken.None);
        var first = await ReadAsync(socket);

        var stop = sluice.Host(ServiceKind.Streaming).StopAsync();
        var text = new StringBuilder();
        var last = first;
        while (await ReadAsync(socket) is { } one)
        {
            last = one;
            text.Append(one.TryGetProperty("delta", out var delta) ? delta.GetString() : "");
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await stop;

        ((int?)socket.CloseStatus).ShouldBe(1012);
        text.ToString().ShouldBe(string.Join(' ', Enumerable.Range(0, 60)));
        last!.Value.GetProperty("type").GetString().ShouldBe("response.completed");
    }

    /// <summary>The next event; null at the close.</summary>
    private static async Task<JsonElement?> ReadAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[64 << 10];
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), patience.Token);
            length += read.Count;
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (read.EndOfMessage)
            {
                return JsonElement.Parse(buffer.AsSpan(0, length));
            }
        }
    }
}
