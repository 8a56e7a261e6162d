namespace Sluice.Bench.Batch.Peers;

/// <summary>What another queue took for its jobs.</summary>
/// <param name="Added">From the first job's insertion to the last one's; others run meanwhile.</param>
/// <param name="Ended">From the first job's insertion to the last one's stored result.</param>
internal sealed record PeerRun(TimeSpan Added, TimeSpan Ended);
