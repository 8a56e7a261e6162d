using Sluice.Durability.Instances;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>What the runner takes from configuration and host.</summary>
internal sealed class ResponseRunnerSettings(
    LogBounds bounds, ResponseLog log, IInstances instances, PromptFaults faults, ILogger<ResponseRunner> logger)
{
    public LogBounds Bounds => bounds;

    public ResponseLog Log => log;

    public IInstances Instances => instances;

    public PromptFaults Faults => faults;

    public ILogger Logger => logger;
}
