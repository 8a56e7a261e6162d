namespace Sluice.Inference.Options;

/// <summary>
/// When calls to a provider that keeps failing are refused at once: part of <see cref="ProviderOptions"/>. Failures are
/// unreachable, timed out, cut, and 5xx; a refusal of the caller's request or a 429 is none, as the provider is well.
/// </summary>
public sealed class CircuitOptions
{
    /// <summary>
    /// Default true for <c>OpenAI</c>, false for <c>Simulated</c>, which has nothing to spare and fails as its
    /// requests say.
    /// </summary>
    public bool? Enabled { get; init; }

    /// <summary>
    /// Share of failed calls at which the circuit opens; a stream that breaks after its first content counts as a
    /// success and as a failure. Default 0.5, from 0.01 to 1.
    /// </summary>
    public double FailureRatio { get; init; } = 0.5;

    /// <summary>The time over which calls are counted. Default 30 s, from 1 s to 1 h.</summary>
    public TimeSpan SamplingDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Ended calls within <see cref="SamplingDuration"/> below which it stays closed. Default 10, from 2 to 10,000.
    /// </summary>
    public int MinimumThroughput { get; init; } = 10;

    /// <summary>
    /// How long it stays open; then one call probes the provider, and the others are refused until it has answered.
    /// Default 5 s, from 500 ms to 1 h.
    /// </summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);
}
