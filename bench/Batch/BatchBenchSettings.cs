namespace Sluice.Bench.Batch;

/// <summary>What to measure.</summary>
internal sealed record BatchBenchSettings(int Lines, int Runs, int Workers, int AtLeast);
