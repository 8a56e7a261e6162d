using System.ComponentModel.DataAnnotations;
using Sluice.ServiceDefaults.Options;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// Configuration section <c>Telemetry</c>: export by OTLP. Trace context propagates with or without it.
/// </summary>
internal sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    public const string HttpProtobuf = "http/protobuf";

    public const string Grpc = "grpc";

    /// <summary>
    /// Base URL of the collector (<c>http://collector:4318</c>); <c>/v1/traces</c> and so on are appended for
    /// http/protobuf. Default <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, else none: nothing is exported.
    /// </summary>
    public string OtlpEndpoint { get; init; } = "";

    /// <summary>
    /// <c>http/protobuf</c> or <c>grpc</c>. Default <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> where the endpoint is OTEL's,
    /// else http/protobuf.
    /// </summary>
    public string OtlpProtocol { get; init; } = HttpProtobuf;

    /// <summary>
    /// Headers for the collector, <c>name=value</c> separated by commas, values percent-encoded. Default
    /// <c>OTEL_EXPORTER_OTLP_HEADERS</c> where the endpoint is OTEL's, else none.
    /// </summary>
    [Masked]
    public string OtlpHeaders { get; init; } = "";

    /// <summary>Share of new traces that are recorded; a caller's decision is kept. Default 1; 0 to 1.</summary>
    [Range(0.0, 1.0)]
    public double SampleRatio { get; init; } = 1.0;

    /// <summary>
    /// Spans, and records, that wait for export; further ones are dropped. Default 2,048; 512 to 1,000,000.
    /// </summary>
    [Range(512, 1_000_000)]
    public int MaxQueueSize { get; init; } = 2_048;

    /// <summary>Longest wait of a span or record for export. Default 5 s; 10 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ExportDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time between exports of metrics. Default 15 s; 100 ms to 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan MetricInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest duration of one export. Default 10 s; 100 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan ExportTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
