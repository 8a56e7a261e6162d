using System.Buffers;
using System.Text.Json;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Webhooks;

/// <summary>The events that a webhook may ask for.</summary>
internal static class WebhookEvents
{
    public static readonly string[] All = ["batch.completed", "batch.failed", "batch.expired", "batch.cancelled"];

    /// <summary>The event of a batch that ended with this status.</summary>
    public static string OfBatch(string status) => $"batch.{status}";

    /// <summary>
    /// The event as its receiver gets it, JSON: <c>{id, object, created_at, type, data: {id}}</c>. The inner id is the
    /// batch's, or the job's.
    /// </summary>
    public static byte[] BodyOf(DueDelivery delivery)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", PublicId.Event(delivery.Id));
            json.WriteString("object", "event");
            json.WriteNumber("created_at", new DateTimeOffset(delivery.CreatedAt).ToUnixTimeSeconds());
            json.WriteString("type", delivery.EventType);
            json.WriteStartObject("data");
            json.WriteString(
                "id", delivery.IsJob ? PublicId.Job(delivery.BatchId) : PublicId.Batch(delivery.BatchId));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
