using MassTransit;
using Sluice.Tests.Integration.Durability.Messages;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Writes one effect and answers, in one transaction.</summary>
internal sealed class AskConsumer(DurableDb db) : IConsumer<Ask>
{
    public async Task Consume(ConsumeContext<Ask> context)
    {
        db.Effects.Add(new Effect { Message = context.MessageId!.Value, Text = context.Message.Text });
        await context.RespondAsync(new Answer { Text = context.Message.Text });
    }
}
