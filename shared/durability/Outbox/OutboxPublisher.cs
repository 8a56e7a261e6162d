using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Publishes a stored message: the bytes as they are, with the headers and properties of the day it was stored.
/// </summary>
internal sealed class OutboxPublisher(IBus bus, TimeProvider time)
{
    /// <summary>Completes when the broker has confirmed.</summary>
    /// <exception cref="OperationCanceledException">No confirm before <paramref name="cancellationToken"/>.</exception>
    /// <exception cref="MessageReturnedException">The message has an addressee, and no queue takes it.</exception>
    public async Task PublishAsync(ClaimedRow row, CancellationToken cancellationToken)
    {
        TimeSpan? timeToLive = row.ExpiresAt is { } expires ? expires - time.GetUtcNow() : null;
        if (timeToLive <= TimeSpan.Zero)
        {
            return;
        }

        var endpoint = await bus.GetSendEndpoint(new Uri(row.Destination)).WaitAsync(cancellationToken);
        await endpoint.Send(new SerializedMessageBody(), new StoredMessagePipe(row, timeToLive), cancellationToken);
    }

    private sealed class StoredMessagePipe(ClaimedRow row, TimeSpan? timeToLive)
        : IPipe<SendContext<SerializedMessageBody>>
    {
        public Task Send(SendContext<SerializedMessageBody> context)
        {
            context.MessageId = row.MessageId;
            context.SupportedMessageTypes = row.MessageType.Split(';');
            context.TimeToLive = timeToLive;
            OutboxHeaders.Apply(row.Headers, context);
            context.Serializer = new CopyBodySerializer(
                ParseContentType(row.ContentType), new BytesMessageBody(row.Body));
            return Task.CompletedTask;
        }

        public void Probe(ProbeContext context) => context.CreateFilterScope("storedMessage");
    }

    private static ContentType ParseContentType(string text) =>
        text == SystemTextJsonMessageSerializer.JsonContentType.ToString()
            ? SystemTextJsonMessageSerializer.JsonContentType
            : new ContentType(text);
}
