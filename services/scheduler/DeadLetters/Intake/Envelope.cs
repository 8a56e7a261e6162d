using System.Text.Json;
using MassTransit;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Shards;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>What is of interest in MassTransit's envelope; empty for what is none.</summary>
/// <param name="MessageType">URNs, separated by semicolons.</param>
/// <param name="BatchId">The batch that the message names.</param>
/// <param name="TraceParent">W3C traceparent of the sender.</param>
/// <param name="Shard">The shard that a <c>RunShard</c> was for.</param>
internal sealed record Envelope(string MessageType, Guid? BatchId, string? TraceParent, DispatchedShard? Shard)
{
    private static readonly Envelope None = new("", null, null, null);
    private static readonly string RunShardUrn = MessageUrn.ForTypeString<RunShard>();

    public static Envelope Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement) : None;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or with half of a surrogate pair: a message like that is a likely one to have failed.
            return None;
        }
    }

    private static Envelope Read(JsonElement envelope)
    {
        var types = envelope.TryGetProperty("messageType", out var urns) && urns.ValueKind == JsonValueKind.Array
            ? string.Join(
                ';', urns.EnumerateArray().Where(u => u.ValueKind == JsonValueKind.String).Select(u => u.GetString()))
            : "";
        Guid? batchId = Member(envelope, "message", "batchId") is { } batch && batch.TryGetGuid(out var id)
            ? id
            : null;
        return new(
            types,
            batchId,
            Member(envelope, "headers", "MT-Activity-Id")?.GetString(),
            batchId is { } key && types.Split(';').Contains(RunShardUrn, StringComparer.Ordinal)
                && Number(envelope, "shardNo") is { } no && Number(envelope, "epoch") is { } epoch
                ? new DispatchedShard(key, no, epoch)
                : null);
    }

    private static int? Number(JsonElement envelope, string name) =>
        Member(envelope, "message", name, JsonValueKind.Number) is { } value && value.TryGetInt32(out var number)
            ? number
            : null;

    private static JsonElement? Member(
        JsonElement envelope, string part, string name, JsonValueKind kind = JsonValueKind.String) =>
        envelope.TryGetProperty(part, out var inner) && inner.ValueKind == JsonValueKind.Object
        && inner.TryGetProperty(name, out var value) && value.ValueKind == kind
            ? value
            : null;
}
