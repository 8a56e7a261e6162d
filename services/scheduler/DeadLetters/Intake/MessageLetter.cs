using Sluice.BatchStore.DeadLetters;
using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>A message that failed for good, as it will be stored.</summary>
internal sealed record MessageLetter
{
    /// <summary>The queue that it was for; the exchange, when the outbox gave it up.</summary>
    public required string Queue { get; init; }

    public required LetterSource Source { get; init; }

    public required string MessageType { get; init; }

    public required Guid MessageId { get; init; }

    public required string ContentType { get; init; }

    /// <summary>JSON, in the form of the outbox.</summary>
    public required string Headers { get; init; }

    /// <summary>Null when it is longer than what is kept.</summary>
    public required byte[]? Body { get; init; }

    public required long PayloadBytes { get; init; }

    public required byte[] Fingerprint { get; init; }

    public required string Code { get; init; }

    public required string Message { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    public string? TraceId { get; init; }

    public Guid? BatchId { get; init; }

    /// <summary>Of a <c>RunShard</c>: what it was to run.</summary>
    public DispatchedShard? Shard { get; init; }

    /// <summary>The letter that was replayed and is this one, as its header says; a redelivery has none.</summary>
    public Guid? Previous { get; init; }
}
