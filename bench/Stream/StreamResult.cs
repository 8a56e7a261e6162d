namespace Sluice.Bench.Stream;

/// <param name="Target">The way.</param>
/// <param name="FirstAtOnce">First-token times of requests that are sent at one moment.</param>
/// <param name="FirstRunning">First-token times of requests beside streams that run.</param>
/// <param name="TokensFew">Token latencies of 200 streams.</param>
/// <param name="TokensMany">Token latencies of 500 streams.</param>
internal sealed record StreamResult(
    StreamTarget Target, Latencies FirstAtOnce, Latencies FirstRunning, LatencyWindows TokensFew,
    LatencyWindows TokensMany)
{
    /// <summary>CPU per token of each process with 500 streams, for the eye.</summary>
    public required string Cpu { get; init; }
}
