using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sluice.ServiceDefaults.Metrics;
using Sluice.ServiceDefaults.Options;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs by OTLP when a collector is configured; else only trace context.</summary>
internal static class TelemetryRegistration
{
    // The opt-out of ASP.NET Core 10 for semantic-convention attributes on its server spans; spans without them are
    // blind.
    private const string SuppressTags = "Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData";

    public static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var services = builder.Services;
        services.AddValidatedOptions<TelemetryOptions>(TelemetryOptions.Section);
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        var endpoint = builder.Configuration["Telemetry:OtlpEndpoint"];
        if (string.IsNullOrEmpty(endpoint) || !TelemetryOptionsValidator.IsEndpoint(endpoint))
        {
            services.AddHostedService<TracePropagation>();
            return;
        }

        AppContext.SetSwitch(SuppressTags, false);
        var version = typeof(TelemetryRegistration).Assembly.GetName().Version?.ToString(3);
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                service, "sluice", version, autoGenerateServiceInstanceId: false, Guid.CreateVersion7().ToString()))
            .WithTracing(AddTracing)
            .WithMetrics(AddMetrics)
            .WithLogging(AddLogging, logs =>
            {
                logs.IncludeFormattedMessage = true;
                logs.IncludeScopes = true;
            });
    }

    private static void AddTracing(TracerProviderBuilder tracing) =>
        tracing.AddSource(TelemetrySources.Exported)
            .SetSampler(provider => new ParentBasedSampler(new RootSampler(Of(provider).SampleRatio)))
            .AddProcessor(provider =>
            {
                var options = Of(provider);
                return new BatchActivityExportProcessor(
                    new OtlpTraceExporter(Exporter(options, "v1/traces")),
                    options.MaxQueueSize,
                    (int)options.ExportDelay.TotalMilliseconds,
                    (int)options.ExportTimeout.TotalMilliseconds,
                    maxExportBatchSize: 512);
            });

    private static void AddMetrics(MeterProviderBuilder metrics) => metrics
        .AddMeter(MeterNames.All)
        .AddReader(provider =>
        {
            var options = Of(provider);
            return new PeriodicExportingMetricReader(
                new OtlpMetricExporter(Exporter(options, "v1/metrics")),
                (int)options.MetricInterval.TotalMilliseconds,
                (int)options.ExportTimeout.TotalMilliseconds);
        });

    private static void AddLogging(LoggerProviderBuilder logging) => logging.AddProcessor(provider =>
    {
        var options = Of(provider);
        return new BatchLogRecordExportProcessor(
            new OtlpLogExporter(Exporter(options, "v1/logs")),
            options.MaxQueueSize,
            (int)options.ExportDelay.TotalMilliseconds,
            (int)options.ExportTimeout.TotalMilliseconds,
            maxExportBatchSize: 512);
    });

    private static TelemetryOptions Of(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<TelemetryOptions>>().Value;

    private static OtlpExporterOptions Exporter(TelemetryOptions options, string signal)
    {
        var grpc = options.OtlpProtocol == TelemetryOptions.Grpc;
        return new()
        {
            Endpoint = new Uri(grpc ? options.OtlpEndpoint : $"{options.OtlpEndpoint.TrimEnd('/')}/{signal}"),
            Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf,
            Headers = options.OtlpHeaders.Length > 0 ? options.OtlpHeaders : null,
            TimeoutMilliseconds = (int)options.ExportTimeout.TotalMilliseconds,
        };
    }
}
