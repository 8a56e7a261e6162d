namespace Sluice.Streaming.WebSockets;

/// <summary>A message of a client; <paramref name="Bytes"/> is empty unless it is a text.</summary>
internal sealed record SocketMessage(SocketMessageKind Kind, ReadOnlyMemory<byte> Bytes)
{
    public static SocketMessage Binary { get; } = new(SocketMessageKind.Binary, default);

    public static SocketMessage TooLarge { get; } = new(SocketMessageKind.TooLarge, default);

    public static SocketMessage Full { get; } = new(SocketMessageKind.Full, default);
}
