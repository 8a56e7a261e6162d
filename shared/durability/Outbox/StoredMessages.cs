using Microsoft.EntityFrameworkCore;

namespace Sluice.Durability.Outbox;

/// <summary>Sends messages again that were kept as bytes. Thread-safe.</summary>
public sealed class StoredMessages
{
    private readonly OutboxInterceptor _interceptor;

    internal StoredMessages(OutboxInterceptor interceptor) => _interceptor = interceptor;

    /// <summary>Puts a message into the outbox of the context: it leaves after the commit of its next save.</summary>
    public void Add(DbContext context, StoredMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        _interceptor.Add(context, new OutboxRow
        {
            Id = Guid.CreateVersion7(),
            Destination = "exchange:" + message.Exchange,
            MessageId = message.MessageId,
            MessageType = message.MessageType,
            ContentType = message.ContentType,
            Headers = message.Headers,
            Body = message.Body,
        });
    }
}
