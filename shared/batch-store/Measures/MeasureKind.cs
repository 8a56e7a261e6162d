namespace Sluice.BatchStore.Measures;

/// <summary>What a measure is of, as stored.</summary>
public enum MeasureKind : short
{
    /// <summary>Seconds from taking a line in hand to its answer, by model.</summary>
    LineTime = 0,

    /// <summary>Lines in hand of one worker that has no free slot for a shard; the name is empty.</summary>
    ParallelLines = 1,

    /// <summary>Calls that such a worker has open; the name is empty.</summary>
    ParallelCalls = 2,
}
