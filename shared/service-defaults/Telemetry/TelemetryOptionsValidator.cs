using Microsoft.Extensions.Options;

namespace Sluice.ServiceDefaults.Telemetry;

internal sealed class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>
{
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options)
    {
        if (options.OtlpEndpoint.Length == 0)
        {
            // Nothing is exported, whatever the protocol.
            return ValidateOptionsResult.Success;
        }

        var errors = new ValidateOptionsResultBuilder();
        if (!IsEndpoint(options.OtlpEndpoint))
        {
            errors.AddError(
                $"Telemetry:OtlpEndpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) '{options.OtlpEndpoint}' is not an http or "
                + "https URL such as http://collector:4318.");
        }

        if (options.OtlpProtocol is not (TelemetryOptions.HttpProtobuf or TelemetryOptions.Grpc))
        {
            errors.AddError(
                $"Telemetry:OtlpProtocol (or OTEL_EXPORTER_OTLP_PROTOCOL) is '{options.OtlpProtocol}'; use "
                + $"{TelemetryOptions.HttpProtobuf} or {TelemetryOptions.Grpc}.");
        }

        return errors.Build();
    }

    internal static bool IsEndpoint(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
