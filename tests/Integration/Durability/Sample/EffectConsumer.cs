using MassTransit;
using Sluice.Tests.Integration.Durability.Messages;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Writes one effect and publishes that it did, in one transaction; notes every try.</summary>
internal sealed class EffectConsumer(DurableDb db, Tries tries) : IConsumer<WriteEffect>
{
    public async Task Consume(ConsumeContext<WriteEffect> context)
    {
        var number = tries.Note(context.Message.Text, context);
        db.Effects.Add(new Effect { Message = context.GetOriginalMessageId()!.Value, Text = context.Message.Text });
        await db.SaveChangesAsync(context.CancellationToken);
        await context.Publish(new EffectWritten { Text = context.Message.Text });
        if (number <= context.Message.Failures)
        {
            throw new InvalidOperationException($"Try {number} of {context.Message.Text} fails on purpose.");
        }
    }
}
