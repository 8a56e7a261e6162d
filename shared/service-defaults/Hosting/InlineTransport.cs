using Microsoft.AspNetCore.Hosting;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>A setting of the HTTP server for processes that carry streams.</summary>
public static class InlineTransport
{
    /// <summary>
    /// Runs a connection's reads and writes on the thread that has the data instead of queueing them once more: a
    /// token is
    /// one small write, and with 25,000 of them a second the queueing is what costs (p99 at 500 streams × 50/s). Only
    /// for
    /// processes whose handlers never block a thread.
    /// </summary>
    public static IWebHostBuilder UseInlineTransport(this IWebHostBuilder builder) =>
        builder.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
}
