using System.Net.Mime;
using MassTransit;
using MassTransit.Serialization;

namespace Sluice.Durability.Outbox;

/// <summary>
/// Publishes a stored message: the bytes as they are, with the headers and properties of the day it was stored.
/// </summary>
internal sealed class OutboxPublisher(IBus bus, TimeProvider time)
{
    /// <summary>Starts to publish; the attempt ends when the broker has confirmed, or with the first failure.</summary>
    /// <param name="row">What to publish.</param>
    /// <param name="given">
    /// Cancelled when the attempt is given up: without it MassTransit 8.4.0 goes on trying by itself.
    /// </param>
    public PublishAttempt Start(ClaimedRow row, CancellationToken given)
    {
        var attempt = new PublishAttempt();
        _ = RunAsync(row, attempt, given);
        return attempt;
    }

    private async Task RunAsync(ClaimedRow row, PublishAttempt attempt, CancellationToken given)
    {
        try
        {
            TimeSpan? timeToLive = row.ExpiresAt is { } expires ? expires - time.GetUtcNow() : null;
            if (timeToLive is null || timeToLive > TimeSpan.Zero)
            {
                var endpoint = await bus.GetSendEndpoint(new Uri(row.Destination));
                await endpoint.Send(
                    new SerializedMessageBody(), new StoredMessagePipe(row, timeToLive, attempt), given);
            }

            attempt.Succeeded();
        }
        catch (Exception exception)
        {
            // Whatever a message does, it is that message's failure alone.
            attempt.Failed(exception);
        }
    }

    private sealed class StoredMessagePipe(ClaimedRow row, TimeSpan? timeToLive, PublishAttempt attempt)
        : IPipe<SendContext<SerializedMessageBody>>
    {
        public Task Send(SendContext<SerializedMessageBody> context)
        {
            context.GetOrAddPayload(() => attempt);
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
