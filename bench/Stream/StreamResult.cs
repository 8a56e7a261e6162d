namespace Sluice.Bench.Stream;

/// <param name="Target">The way.</param>
/// <param name="First">First-token times.</param>
/// <param name="TokensFew">Token latencies of 200 streams.</param>
/// <param name="TokensMany">Token latencies of 500 streams.</param>
/// <param name="Cpu">CPU per token of each process with 500 streams, for the eye.</param>
internal sealed record StreamResult(
    StreamTarget Target, Latencies First, Latencies TokensFew, Latencies TokensMany, string Cpu);
