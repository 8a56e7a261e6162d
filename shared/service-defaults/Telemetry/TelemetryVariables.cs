using Microsoft.Extensions.Configuration;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry's own variables for exporters (https://opentelemetry.io/docs/specs/otel/protocol/exporter/), which
/// platforms set for everything they run: defaults of the settings here, each for itself.
/// </summary>
internal static class TelemetryVariables
{
    private static readonly (string Variable, string Setting)[] Known =
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", nameof(TelemetryOptions.OtlpEndpoint)),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", nameof(TelemetryOptions.OtlpProtocol)),
        ("OTEL_EXPORTER_OTLP_HEADERS", nameof(TelemetryOptions.OtlpHeaders)),
    ];

    /// <param name="defaults">Gets a setting for each variable that is set and not empty.</param>
    /// <param name="configuration">Where the variables stand.</param>
    public static void AddTo(IDictionary<string, string?> defaults, IConfiguration configuration)
    {
        foreach (var (variable, setting) in Known)
        {
            if (configuration[variable] is { Length: > 0 } value)
            {
                defaults[$"{TelemetryOptions.Section}:{setting}"] = value;
            }
        }
    }
}
