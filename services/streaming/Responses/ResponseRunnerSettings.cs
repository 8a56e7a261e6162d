using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>What the runner takes from configuration and host.</summary>
internal sealed class ResponseRunnerSettings(
    IOptions<StreamingOptions> streaming,
    LogBounds bounds,
    IInstances instances,
    TimeProvider time,
    ILogger<ResponseRunner> logger)
{
    public LogBounds Bounds => bounds;

    public IInstances Instances => instances;

    public TimeProvider Time => time;

    public TimeSpan ResumeWindow => streaming.Value.ResumeWindow;

    public ILogger Logger => logger;
}
