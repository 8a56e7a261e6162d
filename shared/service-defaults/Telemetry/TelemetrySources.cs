namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// Activity sources of this system and of the libraries it stands on; a trailing <c>*</c> matches any rest.
/// </summary>
internal static class TelemetrySources
{
    /// <summary>Those that are exported.</summary>
    public static readonly string[] Exported =
    [
        "Sluice.*",
        "Microsoft.AspNetCore",
        "System.Net.Http",
        "Npgsql",
        "MassTransit",
        "RabbitMQ.Client.*",
    ];

    /// <summary>
    /// Those that carry a trace from process to process. The outgoing HTTP call needs none of its own: it sends the
    /// current activity.
    /// </summary>
    public static readonly string[] Propagating = ["Sluice.*", "Microsoft.AspNetCore", "MassTransit"];
}
