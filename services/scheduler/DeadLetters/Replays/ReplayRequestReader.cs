using System.Globalization;
using System.Text.Json;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Reads the body of a replay request. An unknown member is refused, as in a filter.</summary>
internal static class ReplayRequestReader
{
    private const int MaxIds = 1000;
    private const int MaxRate = 10_000;
    private const int MaxStopAfter = 1_000_000;

    /// <summary>Null, with a refusal that names the member, when the body is not acceptable.</summary>
    public static ReplayRequest? Read(ReadOnlyMemory<byte> body, out OpenAiErrorResult? refusal) =>
        JsonBody.Read<ReplayRequest>(body, Read, out refusal);

    private static ReplayRequest? Read(JsonElement body, out OpenAiErrorResult? refusal)
    {
        var request = new ReplayRequest(new(), DryRun: false, null, null, ReplayRequest.DefaultStopAfter);
        var (byIds, byFilter) = (false, false);
        foreach (var member in body.EnumerateObject())
        {
            byIds |= member.NameEquals("ids");
            byFilter |= member.NameEquals("filter");
            if (With(request, member, out refusal) is not { } next)
            {
                return null;
            }

            request = next;
        }

        refusal = byIds == byFilter
            ? Invalid("ids", "given, or 'filter', and not both")
            : byFilter && !request.DryRun && request.Token is null
                ? OpenAiErrorResult.BadRequest(
                    "A replay by filter needs the 'token' of a dry run with it.", "token", "token_required")
                : null;
        return refusal is null ? request : null;
    }

    private static ReplayRequest? With(ReplayRequest request, JsonProperty member, out OpenAiErrorResult? refusal)
    {
        var value = member.Value;
        if (member.NameEquals("filter") && value.ValueKind == JsonValueKind.Object)
        {
            return LetterFilterReader.Read(Texts(value), request.Filter, out refusal) is not { } filter ? null
                : filter.State is null ? request with { Filter = filter }
                : Refused("state", "left out: only open letters are replayed", out refusal);
        }

        var (next, form) = member.Name switch
        {
            "ids" => (Ids(value) is { } ids ? request with { Filter = new() { Ids = ids } } : null,
                $"a list of 1 to {MaxIds} ids of dead letters"),
            "filter" => (null, "an object"),
            "dry_run" => (value.ValueKind is JsonValueKind.True or JsonValueKind.False
                ? request with { DryRun = value.GetBoolean() } : null, "true or false"),
            "token" => (value.ValueKind == JsonValueKind.String
                && ReplayToken.TryParse(value.GetString()!, out var token)
                    ? request with { Token = token } : null, "the token of a dry run"),
            "rate" => (Number(value, MaxRate) is { } rate ? request with { Rate = rate } : null,
                $"a whole number from 1 to {MaxRate}"),
            "stop_after_failures" => (
                Number(value, MaxStopAfter) is { } stop ? request with { StopAfter = stop } : null,
                $"a whole number from 1 to {MaxStopAfter}"),
            _ => ((ReplayRequest?)null, "ids, filter, dry_run, token, rate or stop_after_failures"),
        };
        refusal = next is null ? Invalid(member.Name, form) : null;
        return next;
    }

    private static ReplayRequest? Refused(string name, string form, out OpenAiErrorResult? refusal)
    {
        refusal = Invalid(name, form);
        return null;
    }

    private static IEnumerable<KeyValuePair<string, string>> Texts(JsonElement filter) =>
        filter.EnumerateObject().Select(member => KeyValuePair.Create(
            member.Name,
            member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString()!,
                JsonValueKind.Number => member.Value.GetRawText(),
                _ => "",
            }));

    private static IReadOnlyList<Guid>? Ids(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxIds)
        {
            return null;
        }

        var ids = new HashSet<Guid>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || !PublicId.TryParseDeadLetter(item.GetString(), out var id))
            {
                return null;
            }

            ids.Add(id);
        }

        return [.. ids];
    }

    private static int? Number(JsonElement value, int max) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 1 && number <= max
            ? number
            : null;

    private static OpenAiErrorResult Invalid(string name, string form) => OpenAiErrorResult.BadRequest(
        string.Create(CultureInfo.InvariantCulture, $"'{(name.Length <= 64 ? name : name[..64])}' must be {form}."),
        name,
        "invalid_parameter");
}
