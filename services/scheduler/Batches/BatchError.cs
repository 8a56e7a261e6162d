namespace Sluice.Scheduler.Batches;

/// <summary>A bad line of an input file that was refused, as stored and shown in <c>errors.data</c>.</summary>
internal sealed class BatchError
{
    public Guid BatchId { get; init; }

    /// <summary>Position in the list, from 0.</summary>
    public int No { get; init; }

    /// <summary>1-based physical line; null for an error of the whole file.</summary>
    public long? Line { get; init; }

    public string Code { get; init; } = "";

    public string Message { get; init; } = "";

    public string? Param { get; init; }
}
