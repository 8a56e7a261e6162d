using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Writes one effect and publishes that it did, in one transaction; notes every try.</summary>
public sealed class EffectConsumer(DurableDb db, Tries tries) : IConsumer<WriteEffect>
{
    public async Task Consume(ConsumeContext<WriteEffect> context)
    {
        var number = tries.Note(context.Message.Text);
        tries.Traces[context.Message.Text] = (Activity.Current?.TraceId.ToHexString(), context.ConversationId, context.CorrelationId,
            context.Headers.Get<string>("x-test"));
        db.Effects.Add(new Effect { Message = context.GetOriginalMessageId()!.Value, Text = context.Message.Text });
        await db.SaveChangesAsync(context.CancellationToken);
        await context.Publish(new EffectWritten { Text = context.Message.Text });
        if (number <= context.Message.Failures)
        {
            throw new InvalidOperationException($"Try {number} of {context.Message.Text} fails on purpose.");
        }
    }
}

/// <summary>What the consumers of one host saw. Thread-safe.</summary>
public sealed class Tries
{
    private readonly ConcurrentDictionary<string, int> _tries = new();

    public ConcurrentDictionary<string, (string? TraceId, Guid? ConversationId, Guid? CorrelationId, string? Header)> Traces { get; } = new();

    public int Of(string text) => _tries.GetValueOrDefault(text);

    public int Note(string text) => _tries.AddOrUpdate(text, 1, (_, count) => count + 1);
}

public sealed class EffectConsumerDefinition : ConsumerDefinition<EffectConsumer>
{
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<EffectConsumer> consumerConfigurator,
        IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline<DurableDb>(context);
}
