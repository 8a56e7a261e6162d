using System.Net.WebSockets;
using System.Text.Json;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>A client's socket on <c>/v1/responses</c> of a gateway. For one loop.</summary>
internal sealed class GatewaySocket : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 << 10];

    private GatewaySocket()
    {
    }

    /// <summary>The server's close code; null while it has not closed.</summary>
    public int? CloseStatus => (int?)_socket.CloseStatus;

    /// <exception cref="WebSocketException">The upgrade was refused.</exception>
    public static async Task<GatewaySocket> OpenAsync(Uri gateway, string key)
    {
        var socket = new GatewaySocket();
        socket._socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await socket._socket.ConnectAsync(
            new UriBuilder(gateway) { Scheme = "ws", Path = "/v1/responses" }.Uri, CancellationToken.None);
        return socket;
    }

    public Task CreateAsync(string model, string input, string instructions = "") => _socket.SendAsync(
        JsonSerializer.SerializeToUtf8Bytes(new { type = "response.create", model, input, instructions }),
        WebSocketMessageType.Text,
        endOfMessage: true,
        CancellationToken.None);

    /// <summary>The next event; null at the server's close.</summary>
    public async Task<JsonElement?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            length += read.Count;
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            if (read.EndOfMessage)
            {
                return JsonElement.Parse(_buffer.AsSpan(0, length));
            }
        }
    }

    /// <summary>Reads to the end of a response, or to the close: the text, and the type of the last event.</summary>
    public async Task<(string Text, string Last)> ReadTextAsync()
    {
        var (text, last) = ("", "");
        while (last is not ("response.completed" or "response.failed" or "error") && await ReadAsync() is { } one)
        {
            last = one.GetProperty("type").GetString()!;
            text += one.TryGetProperty("delta", out var delta) ? delta.GetString() : "";
        }

        return (text, last);
    }

    /// <summary>Says that it sends no more, which is the answer to a close.</summary>
    public Task CloseAsync() =>
        _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public void Dispose() => _socket.Dispose();
}
