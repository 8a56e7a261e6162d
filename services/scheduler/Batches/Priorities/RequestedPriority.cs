using System.Text.Json;
using Sluice.BatchStore.Shards;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Priorities;

/// <summary>
/// Which priority a body asks for: its own <c>priority</c>, else <c>metadata.priority</c> (for clients that can send
/// nothing else), else <c>service_tier</c> as OpenAI names it, else none.
/// </summary>
internal static class RequestedPriority
{
    private const string Code = "unknown_priority";

    /// <summary>Null when the body names none, or, with a refusal, when it names one that does not exist.</summary>
    /// <param name="body">A JSON object whose metadata is an object of strings, if it has any.</param>
    /// <param name="refusal">Names the member and what it may be.</param>
    public static BatchPriority? Read(JsonElement body, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        if (Member(body, "priority") is { } priority)
        {
            return Of(priority) ?? Refuse("priority", BatchPriority.Known, out refusal);
        }

        if (Member(body, "metadata") is { } metadata && Member(metadata, "priority") is { } named)
        {
            return BatchPriority.Parse(named.GetString()!)
                ?? Refuse("metadata.priority", BatchPriority.Known, out refusal);
        }

        return Member(body, "service_tier") is not { } tier ? null
            : TierOf(tier) ?? Refuse(
                "service_tier", "'auto', 'default', 'scale', 'flex' or 'priority'", out refusal);
    }

    /// <summary>A name or a number; null for anything that is no priority.</summary>
    public static BatchPriority? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when JsonStrings.TryRead(value, out var text) => BatchPriority.Parse(text),
        JsonValueKind.Number when value.TryGetInt64(out var number) => BatchPriority.Of(number),
        _ => null,
    };

    private static BatchPriority? TierOf(JsonElement tier) => JsonStrings.TryRead(tier, out var name)
        ? name switch
        {
            "priority" => BatchPriority.Of(ShardClass.High),
            "flex" => BatchPriority.Of(ShardClass.Low),
            "auto" or "default" or "scale" => BatchPriority.Normal,
            _ => null,
        }
        : null;

    private static JsonElement? Member(JsonElement value, string name) =>
        value.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static BatchPriority? Refuse(string param, string known, out OpenAiErrorResult? refusal)
    {
        refusal = OpenAiErrorResult.BadRequest($"'{param}' must be {known}.", param, Code);
        return null;
    }
}
