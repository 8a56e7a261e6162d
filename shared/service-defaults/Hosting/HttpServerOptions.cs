using System.ComponentModel.DataAnnotations;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Configuration section <c>Http</c>: bounds of every listener of the process.</summary>
public sealed class HttpServerOptions
{
    public const string Section = "Http";

    /// <summary>
    /// Largest request body, in bytes, where an endpoint or the gateway sets no tighter bound. Default 268,435,456
    /// (256 MiB: an upload of 200 MB with its multipart frame); 1 KiB to 4 GiB.
    /// </summary>
    [Range(1024L, 4L * 1024 * 1024 * 1024)]
    public long MaxRequestBodyBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Connections open at once; further ones are closed on arrival. Default 20,000; 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Size of all request headers together, in bytes. Default 32,768; 4,096 to 1,048,576.</summary>
    [Range(4096, 1024 * 1024)]
    public int MaxRequestHeaderBytes { get; init; } = 32 * 1024;

    /// <summary>Number of request headers. Default 100; 16 to 1,000.</summary>
    [Range(16, 1000)]
    public int MaxRequestHeaders { get; init; } = 100;

    /// <summary>Time for the whole header of a request to arrive. Default 15 s; 1 s to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RequestHeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Time an idle connection is kept. Default 130 s, more than the 60 s of the gateway's pool, so that the client's
    /// side closes first and no request meets a closing connection; 1 s to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>Time for open requests to end after SIGTERM. Default 25 s; 0 to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(25);
}
