using Sluice.BatchStore.DeadLetters;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Dead letters of one cause.</summary>
internal sealed record CauseRow
{
    public LetterKind Kind { get; init; }

    public string? Queue { get; init; }

    public string Code { get; init; } = "";

    public long Letters { get; init; }

    /// <summary>Batches among them; 0 for messages that name none.</summary>
    public long Batches { get; init; }

    public DateTime First { get; init; }

    public DateTime Last { get; init; }

    /// <summary>The newest one, as an example.</summary>
    public Guid Example { get; init; }

    public string Message { get; init; } = "";
}
