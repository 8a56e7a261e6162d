using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Batches.Finalization;

/// <summary>The work of making a batch's files (section <c>Finalization</c>).</summary>
internal sealed class FinalizationOptions
{
    public const string Section = "Finalization";

    /// <summary>Closed shards read from the table at once. Default 100, 1 to 10,000, shards.</summary>
    [Range(1, 10_000)]
    public int ReadChunk { get; init; } = 100;

    /// <summary>Batches finalized at once by one scheduler. Default 4, 1 to 64, batches.</summary>
    [Range(1, 64)]
    public int Concurrency { get; init; } = 4;
}
