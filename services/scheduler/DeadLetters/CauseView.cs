using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>How many dead letters have one cause.</summary>
internal sealed record CauseView
{
    public string Object { get; } = "dead_letter.cause";

    public required string Type { get; init; }

    public string? Queue { get; init; }

    public required string Code { get; init; }

    /// <summary>What the newest of them says.</summary>
    public required string Message { get; init; }

    public required long Count { get; init; }

    /// <summary>Batches among them.</summary>
    public required long Batches { get; init; }

    public required long FirstAt { get; init; }

    public required long LastAt { get; init; }

    /// <summary>The newest of them.</summary>
    public required string Example { get; init; }

    public static CauseView Of(CauseRow cause) => new()
    {
        Type = DeadLetterView.NameOf(cause.Kind),
        Queue = cause.Queue,
        Code = cause.Code,
        Message = cause.Message,
        Count = cause.Letters,
        Batches = cause.Batches,
        FirstAt = DeadLetterView.Seconds(cause.First),
        LastAt = DeadLetterView.Seconds(cause.Last),
        Example = PublicId.DeadLetter(cause.Example),
    };
}
