using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Sluice.ServiceDefaults.Telemetry;

/// <summary>
/// Decides for new traces: none for the machinery that runs every second (health probes, scrapes, calls out that no
/// request or message caused), else by ratio.
/// </summary>
internal sealed class RootSampler(double ratio) : Sampler
{
    private readonly TraceIdRatioBasedSampler _ratio = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind == ActivityKind.Client || IsProbe(samplingParameters.Tags)
            ? new(SamplingDecision.Drop)
            : _ratio.ShouldSample(samplingParameters);

    private static bool IsProbe(IEnumerable<KeyValuePair<string, object?>>? tags) =>
        tags is not null && tags.Any(tag => tag is { Key: "url.path", Value: string path }
            && (path.StartsWith("/healthz", StringComparison.Ordinal) || path == "/metrics"));
}
