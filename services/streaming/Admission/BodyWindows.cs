using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sluice.Streaming.Admission;

/// <summary>
/// Sizes HTTP/2's windows so that bodies of requests that wait in the <see cref="AdmissionQueue"/>, which nobody reads,
/// cannot use up their connection's window: else the body of a request that has a place would wait for them, and they
/// for its place. Bounds what waits unread to 128 KiB a request, 12.5 MiB a connection.
/// </summary>
internal static class BodyWindows
{
    /// <summary>A gateway is near: a round trip of 1 ms still lets 128 MB/s through.</summary>
    private const int BytesPerStream = 128 << 10;

    public static void Set(KestrelServerOptions kestrel)
    {
        var http2 = kestrel.Limits.Http2;
        http2.InitialStreamWindowSize = BytesPerStream;
        http2.InitialConnectionWindowSize = BytesPerStream * http2.MaxStreamsPerConnection;
    }
}
