using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using Sluice.BatchStore.DeadLetters;
using Sluice.Durability.Outbox;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Reads what there is to know of a message that failed. Never fails: a message may be any bytes.</summary>
internal sealed class MessageLetterReader(IOptions<DeadLetterOptions> options, TimeProvider time)
{
    /// <summary>Header of a replayed message: the letter that it was.</summary>
    public const string PreviousHeader = "Sluice-Dead-Letter";

    private const string Json = "application/vnd.masstransit+json";

    /// <param name="queue">The queue that it was for.</param>
    /// <param name="source">From which of its failure queues it comes.</param>
    /// <param name="properties">As delivered.</param>
    /// <param name="body">As delivered; copied.</param>
    public MessageLetter Read(
        string queue, LetterSource source, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body)
    {
        var headers = WireHeaders.Write(properties);
        return Read(
            new(queue, source, headers, properties.ContentType ?? Json, body),
            Guid.TryParse(properties.MessageId, out var id) ? id : null);
    }

    /// <summary>A message that the outbox gave up.</summary>
    public MessageLetter Read(RefusedMessage refused)
    {
        var (code, message) = refused.LastError?.Split(": ", 2) is [var type, var said]
            ? (type, said)
            : ("refused", refused.LastError ?? "The broker refused the message.");
        var exchange = refused.Destination[(refused.Destination.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var raw = new RawMessage(
            exchange, LetterSource.Outbox, Encoding.UTF8.GetString(refused.Headers), refused.ContentType, refused.Body);
        return Read(raw, refused.MessageId) with
        {
            MessageType = LetterText.Clean(refused.MessageType, LetterText.MaxName),
            Code = LetterText.Clean(code, LetterText.MaxName),
            Message = LetterText.Clean(message, LetterText.MaxMessage),
            Attempts = refused.Attempts,
            FailedAt = new(refused.DiedAt),
        };
    }

    private MessageLetter Read(RawMessage raw, Guid? messageId)
    {
        using var document = JsonDocument.Parse(raw.Headers);
        var headers = document.RootElement.GetProperty("h");
        var envelope = Envelope.Read(raw.Body);
        var (code, message) = Cause(raw.Source, headers);
        return new()
        {
            Queue = raw.Queue,
            Source = raw.Source,
            MessageType = LetterText.Clean(envelope.MessageType, LetterText.MaxName),
            // A redelivery has an id of its own, and names that of the message that was sent.
            MessageId = Guid.TryParse(Text(headers, "MT-OriginalMessageId"), out var original)
                ? original
                : messageId ?? Guid.CreateVersion7(),
            ContentType = LetterText.Clean(raw.ContentType, LetterText.MaxName),
            Headers = raw.Headers,
            Body = raw.Body.Length <= options.Value.MaxPayloadBytes ? raw.Body.ToArray() : null,
            PayloadBytes = raw.Body.Length,
            Fingerprint = Fingerprint(raw, messageId, headers),
            Code = LetterText.Clean(code, LetterText.MaxName),
            Message = LetterText.Clean(message, LetterText.MaxMessage),
            Attempts = Attempts(headers),
            FailedAt = DateTimeOffset.TryParse(
                Text(headers, "MT-Fault-Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var at)
                ? at
                : time.GetUtcNow(),
            TraceId = TraceIds.OfParent(Text(headers, "MT-Activity-Id")) ?? TraceIds.OfParent(envelope.TraceParent),
            BatchId = envelope.BatchId,
            Shard = envelope.Shard,
            Previous = Guid.TryParse(Text(headers, PreviousHeader), out var previous) ? previous : null,
        };
    }

    private static (string Code, string Message) Cause(LetterSource source, JsonElement headers) => source switch
    {
        LetterSource.Skipped => ("skipped", "No consumer of this queue takes messages of this type."),
        LetterSource.Undelivered => (
            "undelivered", "The message was delivered often and never answered: its consumer's process ended."),
        _ => (
            Text(headers, "MT-Fault-ExceptionType") is { Length: > 0 } type ? type : "unknown",
            Text(headers, "MT-Fault-Message") is { Length: > 0 } message ? message : "The cause was not recorded."),
    };

    /// <summary>Each redelivery is tried and retried; a quorum queue counts deliveries that had no answer.</summary>
    private static int Attempts(JsonElement headers) =>
        (int)Math.Min(
            int.MaxValue / 2,
            Math.Max(
                (Number(headers, "MT-Redelivery-Count") + 1) * (Number(headers, "MT-Fault-RetryCount") + 1),
                Number(headers, "x-delivery-count") + 1));

    /// <summary>
    /// The same for each delivery of one failure, and another for each failure: those of one message differ in their
    /// time, or in the letter that was replayed.
    /// </summary>
    private static byte[] Fingerprint(RawMessage raw, Guid? messageId, JsonElement headers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{raw.Queue}\n{raw.Source}\n{messageId:N}\n{Text(headers, "MT-Fault-Timestamp")}\n");
        hash.AppendData(Encoding.UTF8.GetBytes(name + Text(headers, PreviousHeader) + "\n"));
        hash.AppendData(raw.Body.Span);
        return hash.GetHashAndReset();
    }

    private static string? Text(JsonElement headers, string name) =>
        headers.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static long Number(JsonElement headers, string name) =>
        !headers.TryGetProperty(name, out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? Math.Clamp(number, 0, 1_000_000)
        : long.TryParse(Text(headers, name), NumberStyles.None, CultureInfo.InvariantCulture, out var text)
            ? Math.Min(text, 1_000_000)
            : 0;

    private sealed record RawMessage(
        string Queue, LetterSource Source, string Headers, string ContentType, ReadOnlyMemory<byte> Body);
}
