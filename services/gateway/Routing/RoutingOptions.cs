using System.ComponentModel.DataAnnotations;

namespace Sluice.Gateway.Routing;

/// <summary>Configuration section <c>Routing</c>: how names of destinations become instances, and when one is given
/// up.</summary>
internal sealed class RoutingOptions
{
    public const string Section = "Routing";

    /// <summary>
    /// How often the names are resolved again, which is how soon a new instance gets work. Default 5 s; 100 ms to 5
    /// min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan ResolvePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long one name may take; after that it counts as not resolved this time. Bounds how long a silent name server
    /// holds up the start. Default 2 s; 100 ms to 1 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ResolveTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Silence of an instance after which it is asked for a sign of life (an HTTP/2 ping, which its streams share),
    /// while it has requests in hand. Default 5 s; 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long that sign may take; then the connection is given up, and its streams are reset: their readers come back
    /// and are served elsewhere. A process that sleeps for 10 s keeps them. Default 15 s; 1 s to 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
