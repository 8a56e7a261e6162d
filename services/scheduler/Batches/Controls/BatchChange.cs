using System.Text.Json;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Priorities;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.Batches.Controls;

/// <summary>The body of PATCH /api/batches/{id}: what is to change; members that are not there stay.</summary>
/// <param name="Priority">Null leaves it.</param>
/// <param name="SetsDeadline">Whether the deadline is to change.</param>
/// <param name="Deadline">The new one; null for none.</param>
internal sealed record BatchChange(BatchPriority? Priority, bool SetsDeadline, DateTimeOffset? Deadline)
{
    private const string PriorityMember = "priority";
    private const string DeadlineMember = "expires_at";

    /// <summary>Null, with a refusal that names the member, when the body is not acceptable.</summary>
    public static BatchChange? Parse(ReadOnlyMemory<byte> json, DateTimeOffset now, out OpenAiErrorResult? refusal) =>
        JsonBody.Read(
            json, (JsonElement body, out OpenAiErrorResult? wrong) => Read(body, now, out wrong), out refusal);

    private static BatchChange? Read(JsonElement body, DateTimeOffset now, out OpenAiErrorResult? refusal)
    {
        refusal = null;
        var change = new BatchChange(null, SetsDeadline: false, null);
        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case PriorityMember when RequestedPriority.Of(member.Value) is { } priority:
                    change = change with { Priority = priority };
                    break;
                case PriorityMember:
                    refusal = OpenAiErrorResult.BadRequest(
                        $"'{PriorityMember}' must be {BatchPriority.Known}.", PriorityMember, "unknown_priority");
                    return null;
                case DeadlineMember when IsDeadline(member.Value, now, out var deadline):
                    change = change with { SetsDeadline = true, Deadline = deadline };
                    break;
                case DeadlineMember:
                    refusal = OpenAiErrorResult.BadRequest(
                        $"'{DeadlineMember}' must be a time to come within {CompletionWindow.Longest.Days} days, "
                        + "in Unix seconds, or null for no deadline.",
                        DeadlineMember,
                        "invalid_expires_at");
                    return null;
                default:
                    refusal = OpenAiErrorResult.BadRequest(
                        $"Only '{PriorityMember}' and '{DeadlineMember}' can be changed.", Shown(member.Name),
                        "unknown_member");
                    return null;
            }
        }

        if (change.Priority is null && !change.SetsDeadline)
        {
            refusal = OpenAiErrorResult.BadRequest(
                $"There is nothing to change; give '{PriorityMember}' or '{DeadlineMember}'.",
                code: "nothing_to_change");
            return null;
        }

        return change;
    }

    private static bool IsDeadline(JsonElement value, DateTimeOffset now, out DateTimeOffset? deadline)
    {
        deadline = null;
        if (value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        var last = (now + CompletionWindow.Longest).ToUnixTimeSeconds();
        if (value.ValueKind != JsonValueKind.Number
            || !value.TryGetInt64(out var seconds)
            || seconds <= now.ToUnixTimeSeconds()
            || seconds > last)
        {
            return false;
        }

        deadline = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }

    private static string Shown(string name) => name.Length <= 64 ? name : name[..64] + "…";
}
