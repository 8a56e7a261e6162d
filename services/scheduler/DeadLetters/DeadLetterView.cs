using System.Text.Json;
using System.Text.Json.Serialization;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>A dead letter of the API. Times are Unix seconds; what does not apply is null.</summary>
internal sealed record DeadLetterView
{
    public required string Id { get; init; }

    public string Object { get; } = "dead_letter";

    /// <summary><c>line</c>, <c>shard</c>, <c>message</c> or <c>webhook</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>open</c>, <c>replaying</c> or <c>replayed</c>.</summary>
    public required string State { get; init; }

    public string? Tenant { get; init; }

    public required DeadLetterCauseView Cause { get; init; }

    /// <summary>Tries in all, those of the letters before it included.</summary>
    public required int Attempts { get; init; }

    public required long CreatedAt { get; init; }

    public string? TraceId { get; init; }

    public required DeadLetterOriginView Origin { get; init; }

    /// <summary>The letter whose replay this failure ended.</summary>
    public string? Previous { get; init; }

    /// <summary>What became of it; null while it is open.</summary>
    public DeadLetterReplayView? Replay { get; init; }

    public required long PayloadBytes { get; init; }

    /// <summary>Absent from lists; null when the payload is not there any more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DeadLetterPayloadView? Payload { get; init; }

    /// <summary>Of one message.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Headers { get; init; }

    public static DeadLetterView Of(LetterRow letter) => new()
    {
        Id = PublicId.DeadLetter(letter.Id),
        Type = NameOf(letter.Kind),
        State = NameOf(letter.State),
        Tenant = letter.Tenant,
        Cause = new(letter.Code, letter.Message),
        Attempts = letter.Attempts,
        CreatedAt = Seconds(letter.CreatedAt),
        TraceId = letter.TraceId,
        Origin = DeadLetterOriginView.Of(letter),
        Previous = letter.PreviousId is { } previous ? PublicId.DeadLetter(previous) : null,
        Replay = letter.ReplayId is { } replay
            ? new(
                PublicId.Replay(replay),
                letter.ReplayedAt is { } at ? Seconds(at) : null,
                letter.FollowUpBatch is { } batch ? PublicId.Batch(batch) : null,
                letter.FollowUpLine)
            : null,
        PayloadBytes = letter.PayloadBytes,
    };

    public static string NameOf(LetterKind kind) => kind switch
    {
        LetterKind.Line => "line",
        LetterKind.Shard => "shard",
        LetterKind.Webhook => "webhook",
        _ => "message",
    };

    public static long Seconds(DateTime utc) => new DateTimeOffset(utc).ToUnixTimeSeconds();

    private static string NameOf(LetterState state) => state switch
    {
        LetterState.Open => "open",
        LetterState.Replaying => "replaying",
        _ => "replayed",
    };
}
