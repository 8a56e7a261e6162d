using MassTransit;
using Sluice.Tests.Integration.Durability.Messages;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Notes what effect consumers publish; it has no inbox, so a second copy would be seen.</summary>
internal sealed class WrittenConsumer(Tries tries) : IConsumer<EffectWritten>
{
    public Task Consume(ConsumeContext<EffectWritten> context)
    {
        tries.Note("written:" + context.Message.Text, context);
        return Task.CompletedTask;
    }
}
