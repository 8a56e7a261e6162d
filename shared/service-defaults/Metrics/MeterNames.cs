namespace Sluice.ServiceDefaults.Metrics;

/// <summary>The meters of this system and of the libraries it stands on.</summary>
internal static class MeterNames
{
    public static readonly string[] All =
    [
        "Sluice.*",
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.Routing",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
        "MassTransit",
    ];

    public static bool Matches(string pattern, string meter) =>
        pattern.EndsWith('*')
            ? meter.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : string.Equals(pattern, meter, StringComparison.Ordinal);
}
