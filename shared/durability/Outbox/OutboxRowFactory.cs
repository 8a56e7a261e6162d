using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;

namespace Sluice.Durability.Outbox;

/// <summary>Makes rows of send contexts. Thread-safe.</summary>
/// <param name="bus">Asked for late: the bus is built with a scheduler that needs this class.</param>
/// <param name="time">Clock of delays and expirations.</param>
internal sealed class OutboxRowFactory(Func<IBus> bus, TimeProvider time)
{
    // Queues and message types of a system are few; the temporary queues of request clients are not kept beyond this.
    private const int AddressBound = 1000;

    private readonly ConcurrentDictionary<Uri, string> _addresses = new();
    private readonly ConcurrentDictionary<Type, string> _publishAddresses = new();

    /// <summary>Turns a send context, as MassTransit has filled it, into a row.</summary>
    /// <exception cref="MessageException">The context has no message id.</exception>
    public OutboxRow Create<T>(SendContext<T> context)
        where T : class
    {
        var messageId = context.MessageId
            ?? throw new MessageException(typeof(T), "A message without an id cannot be stored.");
        // Without a listener to MassTransit's own source, the caller's activity is the parent of the consumer's.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } activity }
            && !context.Headers.TryGetHeader(DiagnosticHeaders.ActivityId, out _))
        {
            context.Headers.Set(DiagnosticHeaders.ActivityId, activity);
        }

        // Serializing first: the raw serializers set headers while they do it.
        var body = context.Serializer.GetMessageBody(context).GetBytes();
        var now = time.GetUtcNow();
        var destination = Shorten(context.DestinationAddress
            ?? throw new MessageException(typeof(T), "A message without a destination cannot be stored."));
        return new OutboxRow
        {
            Id = Guid.CreateVersion7(),
            Destination = destination,
            MessageId = messageId,
            MessageType = string.Join(';', context.SupportedMessageTypes),
            ContentType = (context.ContentType ?? context.Serialization.DefaultContentType).ToString(),
            Headers = OutboxHeaders.Write(context, IsMandatory(context, destination)),
            Body = body,
            ScheduleId = context.ScheduledMessageId,
            DeliverAt = context.Delay is { } delay && delay > TimeSpan.Zero ? now + delay : null,
            ExpiresAt = context.TimeToLive is { } ttl ? now + (context.Delay ?? TimeSpan.Zero) + ttl : null,
        };
    }

    /// <summary>
    /// A message that was sent has an addressee: while its queue does not exist yet, the broker must return it instead
    /// of dropping it. A published one may have no subscriber, and an answer's temporary queue may be gone for good.
    /// </summary>
    private bool IsMandatory<T>(SendContext<T> context, string destination)
        where T : class =>
        context is PublishContext { Mandatory: true }
        || (!destination.Contains("temporary=true", StringComparison.Ordinal)
            && destination != _publishAddresses.GetOrAdd(typeof(T), PublishAddress));

    /// <summary>Parsing an address takes as long as serializing a small message.</summary>
    private string Shorten(Uri destination)
    {
        if (_addresses.TryGetValue(destination, out var known))
        {
            return known;
        }

        var shortened = OutboxAddress.Shorten(destination);
        if (_addresses.Count < AddressBound)
        {
            _addresses.TryAdd(destination, shortened);
        }

        return shortened;
    }

    private string PublishAddress(Type type) =>
        bus().Topology.TryGetPublishAddress(type, out var address) ? OutboxAddress.Shorten(address) : "";
}
