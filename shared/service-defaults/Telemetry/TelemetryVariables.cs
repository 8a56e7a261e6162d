using Microsoft.Extensions.Configuration;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry's own variables for exporters (https://opentelemetry.io/docs/specs/otel/protocol/exporter/), which
/// platforms set for everything they run. They speak of one collector: all are defaults of the settings here where its
/// address is, and none where another one is named.
/// </summary>
internal static class TelemetryVariables
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly (string Variable, string Setting)[] Known =
    [
        (Endpoint, nameof(TelemetryOptions.OtlpEndpoint)),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", nameof(TelemetryOptions.OtlpProtocol)),
        ("OTEL_EXPORTER_OTLP_HEADERS", nameof(TelemetryOptions.OtlpHeaders)),
    ];

    /// <param name="defaults">Gets a setting for each variable that counts and is not empty.</param>
    /// <param name="configuration">Where the variables stand, and the settings.</param>
    public static void AddTo(IDictionary<string, string?> defaults, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[Endpoint])
            || configuration[$"{TelemetryOptions.Section}:{nameof(TelemetryOptions.OtlpEndpoint)}"] is not null)
        {
            return;
        }

        foreach (var (variable, setting) in Known)
        {
            if (configuration[variable] is { Length: > 0 } value)
            {
                defaults[$"{TelemetryOptions.Section}:{setting}"] = value;
            }
        }
    }
}
