using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A socket on <c>/v1/responses</c> that passes for the gateway.</summary>
internal sealed class SocketClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[1 << 20];

    private SocketClient()
    {
    }

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public static async Task<SocketClient> OpenAsync(StreamingProcess streaming)
    {
        var client = new SocketClient();
        client._socket.Options.SetRequestHeader(InternalHeaders.Secret, InternalOptions.DevelopmentSecret);
        client._socket.Options.SetRequestHeader(InternalHeaders.Tenant, "dev");
        await client._socket.ConnectAsync(
            new UriBuilder(streaming.Address) { Scheme = "ws", Path = "/v1/responses" }.Uri, CancellationToken.None);
        return client;
    }

    public Task CreateAsync(string message, string? lane = null, string model = "sluice-sim") => SendAsync(
        JsonSerializer.Serialize(lane is null
            ? (object)new { type = "response.create", model, input = message }
            : new { type = "response.create", model, input = message, stream_id = lane }));

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) =>
        _socket.SendAsync(bytes, type, endOfMessage: true, CancellationToken.None);

    /// <summary>The next event; null at the server's close.</summary>
    public async Task<JsonElement?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            read.MessageType.ShouldBe(WebSocketMessageType.Text);
            length += read.Count;
            if (read.EndOfMessage)
            {
                return JsonElement.Parse(_buffer.AsSpan(0, length));
            }
        }
    }

    /// <summary>Reads to the end of so many responses or errors.</summary>
    public async Task<List<JsonElement>> ReadEventsAsync(int ends = 1)
    {
        var events = new List<JsonElement>();
        while (ends > 0)
        {
            var one = (await ReadAsync()).ShouldNotBeNull($"closed with {CloseStatus} {_socket.CloseStatusDescription}");
            events.Add(one);
            ends -= TypeOf(one) is "response.completed" or "response.failed" or "error" ? 1 : 0;
        }

        return events;
    }

    /// <summary>Reads to the server's close, and answers it unless the server does not wait for that.</summary>
    public async Task<(int Status, string? Reason, List<JsonElement> Events)> ReadCloseAsync(bool answer = true)
    {
        var events = new List<JsonElement>();
        while (await ReadAsync() is { } one)
        {
            events.Add(one);
        }

        if (answer)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }

        return ((int)_socket.CloseStatus!, _socket.CloseStatusDescription, events);
    }

    /// <summary>Closes, and waits for the server's answer.</summary>
    public Task CloseAsync() =>
        _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    /// <summary>Leaves without a word.</summary>
    public void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();

    public static string TypeOf(JsonElement one) => one.GetProperty("type").GetString()!;

    public static string TextOf(IEnumerable<JsonElement> events) => string.Concat(events
        .Where(e => TypeOf(e) == "response.output_text.delta")
        .Select(e => e.GetProperty("delta").GetString()));
}
