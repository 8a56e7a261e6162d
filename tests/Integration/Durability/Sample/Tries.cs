using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>What the consumers of one host saw. Thread-safe.</summary>
internal sealed class Tries
{
    private readonly ConcurrentDictionary<string, int> _tries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    public int Of(string text) => _tries.GetValueOrDefault(text);

    /// <summary>The last try's context.</summary>
    public Seen Seen(string text) => _seen[text];

    /// <returns>The number of this try, from 1.</returns>
    public int Note(string text, ConsumeContext context)
    {
        _seen[text] = new Seen(
            context.MessageId, context.CorrelationId, context.ConversationId, context.InitiatorId,
            context.SourceAddress, Activity.Current?.TraceId.ToHexString(),
            context.TryGetPayload(out RabbitMqBasicConsumeContext? rabbit) ? rabbit.Properties.Priority : null,
            context.Headers.GetAll().ToDictionary(one => one.Key, one => one.Value, StringComparer.Ordinal));
        return _tries.AddOrUpdate(text, 1, (_, count) => count + 1);
    }
}
