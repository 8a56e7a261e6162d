using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>Where something failed.</summary>
internal sealed record DeadLetterOriginView
{
    public string? Batch { get; init; }

    public int? Shard { get; init; }

    /// <summary>1-based line of the batch's input file.</summary>
    public int? Line { get; init; }

    public string? CustomId { get; init; }

    public string? Queue { get; init; }

    /// <summary><c>error</c>, <c>skipped</c>, <c>undelivered</c> or <c>outbox</c>; of a message.</summary>
    public string? Source { get; init; }

    public string? MessageType { get; init; }

    public Guid? MessageId { get; init; }

    public static DeadLetterOriginView Of(LetterRow letter) => new()
    {
        Batch = letter.BatchId is { } batch ? PublicId.Batch(batch) : null,
        Shard = letter.ShardNo,
        Line = letter.Line,
        CustomId = letter.CustomId,
        Queue = letter.Queue,
        Source = letter.Source switch
        {
            null => null,
            LetterSource.Error => "error",
            LetterSource.Skipped => "skipped",
            LetterSource.Undelivered => "undelivered",
            _ => "outbox",
        },
        MessageType = letter.MessageType,
        MessageId = letter.MessageId,
    };
}
