using Microsoft.Extensions.Options;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>What the runner takes from configuration and host.</summary>
internal sealed class ResponseRunnerSettings(
    IOptions<StreamingOptions> streaming, LogBounds bounds, TimeProvider time, ILogger<ResponseRunner> logger)
{
    public LogBounds Bounds => bounds;

    public TimeSpan ResumeWindow => streaming.Value.ResumeWindow;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
