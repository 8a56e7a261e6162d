using Microsoft.Extensions.Options;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.WebSockets;

/// <summary>What all sockets of the process share.</summary>
internal sealed class SocketHost(
    SocketResponses responses,
    ActiveResponses active,
    IOptions<WebSocketOptions> options,
    IOptions<StreamingOptions> streaming)
{
    public SocketResponses Responses => responses;

    public ActiveResponses Active => active;

    public WebSocketOptions Options => options.Value;

    /// <summary>What HTTP would not take either is not read.</summary>
    public int MaxMessageBytes { get; } =
        (int)Math.Min(options.Value.MaxMessageBytes, streaming.Value.MaxRequestBytes);

    public TimeSpan WriteTimeout => streaming.Value.WriteTimeout;

    public TimeProvider Time => responses.Time;
}
