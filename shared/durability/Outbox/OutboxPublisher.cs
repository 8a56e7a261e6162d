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
        var attempt = new PublishAttempt();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = endpoint.Send(
            new SerializedMessageBody(), new StoredMessagePipe(row, timeToLive, attempt), ending.Token);
        try
        {
            // MassTransit 8.4.0 is deaf to the token while it waits for the confirm: a broker that is silent on an
            // open connection would hold the relay until the heartbeat notices.
            await (await Task.WhenAny(sending, attempt.Failed).WaitAsync(cancellationToken));
        }
        catch
        {
            await ending.CancelAsync();
            Observe(sending);
            throw;
        }
    }

    /// <summary>What becomes of a send that was given up is nobody's business, but its failure is seen.</summary>
    private static void Observe(Task task) => _ = task.ContinueWith(
        done => done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private sealed class StoredMessagePipe(ClaimedRow row, TimeSpan? timeToLive, PublishAttempt attempt)
        : IPipe<SendContext<SerializedMessageBody>>
    {
        public Task Send(SendContext<SerializedMessageBody> context)
        {
            context.AddOrUpdatePayload(() => attempt, _ => attempt);
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
