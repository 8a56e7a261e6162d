namespace Sluice.Streaming.WebSockets;

/// <summary>What a client's message turned out to be.</summary>
internal enum SocketMessageKind
{
    /// <summary>A whole text.</summary>
    Text,

    /// <summary>Begins as binary data; not read.</summary>
    Binary,

    /// <summary>Larger than <c>WebSocket:MaxMessageBytes</c>; read until that was known.</summary>
    TooLarge,

    /// <summary>Read and thrown away: the process has no memory for it.</summary>
    Full,
}
