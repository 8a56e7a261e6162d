using System.Net.WebSockets;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// Why the server closes a socket; docs/websocket.md says what a client does then. The protocol's own faults (1002,
/// 1007) are closed by the framework.
/// </summary>
/// <param name="Status">The close code.</param>
/// <param name="Reason">At most 123 bytes.</param>
internal sealed record SocketClosure(WebSocketCloseStatus Status, string Reason)
{
    /// <summary>RFC 6455 has no name for it, IANA's registry of close codes has: service restart.</summary>
    private const WebSocketCloseStatus ServiceRestart = (WebSocketCloseStatus)1012;

    public static SocketClosure Binary { get; } =
        new(WebSocketCloseStatus.InvalidMessageType, "Only text messages are understood.");

    public static SocketClosure Restart { get; } =
        new(ServiceRestart, "The server is shutting down; connect again.");

    public static SocketClosure Answer { get; } = new(WebSocketCloseStatus.NormalClosure, "");

    public static SocketClosure Idle(TimeSpan timeout) =>
        new(WebSocketCloseStatus.NormalClosure, $"Idle for {timeout.TotalSeconds:0.#} s.");

    public static SocketClosure TooLarge(int maxBytes) =>
        new(WebSocketCloseStatus.MessageTooBig, $"A message is larger than {maxBytes} bytes.");
}
