namespace Sluice.Bench.Batch;

/// <summary>How much of what to measure.</summary>
/// <param name="Lines">Lines of a batch of small tasks.</param>
/// <param name="PeerLines">Jobs of the other queues.</param>
/// <param name="Runs">Measured runs; the median counts.</param>
/// <param name="WaitingLines">Lines that wait 100 ms each.</param>
/// <param name="LargeLines">Lines of the batch that small ones run beside.</param>
internal sealed record BatchBenchSettings(int Lines, int PeerLines, int Runs, int WaitingLines, int LargeLines);
