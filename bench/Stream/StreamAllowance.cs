namespace Sluice.Bench.Stream;

/// <summary>What a way may take above the model alone, in ms.</summary>
/// <param name="First">p95 of the first token, at once and running.</param>
/// <param name="TokenFew">p99 of a token, 200 streams; null: none.</param>
/// <param name="TokenMany">p99 of a token, 500 streams.</param>
internal sealed record StreamAllowance(double First, double? TokenFew, double TokenMany);
