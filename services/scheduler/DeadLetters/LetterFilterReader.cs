using System.Globalization;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>
/// Reads a filter from named texts, of a query or of a JSON object. Unlike elsewhere an unknown name is refused: a
/// misspelled one would widen what is replayed or purged.
/// </summary>
internal static class LetterFilterReader
{
    public const string AnyState = "any";

    private const int MaxText = 300;

    private static readonly Dictionary<string, Func<LetterFilter, string, LetterFilter?>> Readers =
        new(StringComparer.Ordinal)
        {
            ["search"] = (filter, text) => filter with { Search = text },
            ["batch"] = (filter, text) =>
                PublicId.TryParseBatch(text, out var id, out _) ? filter with { Batch = id } : null,
            ["tenant"] = (filter, text) => filter with { Tenant = text },
            ["type"] = (filter, text) => Kind(text) is { } kind
                ? filter with { Kind = kind }
                : filter with { MessageType = text },
            ["code"] = (filter, text) => filter with { Code = text },
            ["exception"] = (filter, text) => filter with { Code = text },
            ["queue"] = (filter, text) => filter with { Queue = text },
            ["from"] = (filter, text) => Time(text) is { } time ? filter with { From = time } : null,
            ["to"] = (filter, text) => Time(text) is { } time ? filter with { To = time } : null,
            ["state"] = (filter, text) => text == AnyState
                ? filter with { State = null }
                : State(text) is { } state ? filter with { State = state } : null,
        };

    private static readonly Dictionary<string, string> Forms = new(StringComparer.Ordinal)
    {
        ["batch"] = "the id of a batch, as batch_… with 32 hex digits",
        ["from"] = "Unix seconds, or a time as 2026-01-31T08:00:00Z",
        ["to"] = "Unix seconds, or a time as 2026-01-31T08:00:00Z",
        ["state"] = "open, replaying, replayed or any",
    };

    /// <summary>Null, with the refusal, when a name is unknown or a value has not its form.</summary>
    public static LetterFilter? Read(
        IEnumerable<KeyValuePair<string, string>> values, LetterFilter start, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        var filter = start;
        foreach (var (name, text) in values)
        {
            if (!Readers.TryGetValue(name, out var read))
            {
                refusal = OpenAiErrorResult.BadRequest(
                    $"'{Shown(name)}' is not known here; known are {string.Join(", ", Readers.Keys)}.",
                    name,
                    "unknown_parameter");
                return null;
            }

            if (text.Length is 0 or > MaxText || text.Contains('\0', StringComparison.Ordinal)
                || read(filter, text) is not { } next)
            {
                refusal = OpenAiErrorResult.BadRequest(
                    $"'{name}' must be {Forms.GetValueOrDefault(name, $"a text of 1 to {MaxText} characters")}.",
                    name,
                    "invalid_parameter");
                return null;
            }

            filter = next;
        }

        return filter;
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";

    private static LetterKind? Kind(string text) => text switch
    {
        "line" => LetterKind.Line,
        "shard" => LetterKind.Shard,
        "message" => LetterKind.Message,
        "webhook" => LetterKind.Webhook,
        _ => null,
    };

    private static LetterState? State(string text) => text switch
    {
        "open" => LetterState.Open,
        "replaying" => LetterState.Replaying,
        "replayed" => LetterState.Replayed,
        _ => null,
    };

    private static DateTimeOffset? Time(string text)
    {
        const long LastSecond = 253_402_300_799;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return seconds <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time)
            ? time
            : null;
    }
}
