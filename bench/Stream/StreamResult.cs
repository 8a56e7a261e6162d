namespace Sluice.Bench.Stream;

/// <param name="Target">The way.</param>
/// <param name="First">First-token times.</param>
/// <param name="Tokens">Token latencies.</param>
/// <param name="Cpu">CPU per token of each process, for the eye.</param>
internal sealed record StreamResult(StreamTarget Target, Latencies First, Latencies Tokens, string Cpu);
