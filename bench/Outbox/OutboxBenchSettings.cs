namespace Sluice.Bench.Outbox;

/// <summary>What to measure.</summary>
/// <param name="Messages">Messages of one run.</param>
/// <param name="PerCommit">Messages of one transaction.</param>
/// <param name="Writers">Transactions at one time.</param>
/// <param name="Runs">Measured runs of each way, after one that warms up.</param>
/// <param name="AtLeast">Ratio to plain publishing below which the exit code is 1.</param>
internal sealed record OutboxBenchSettings(int Messages, int PerCommit, int Writers, int Runs, double AtLeast);
