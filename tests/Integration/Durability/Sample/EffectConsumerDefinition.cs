using MassTransit;

namespace Sluice.Tests.Integration.Durability.Sample;

internal sealed class EffectConsumerDefinition : ConsumerDefinition<EffectConsumer>
{
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<EffectConsumer> consumerConfigurator,
        IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline<DurableDb>(context);
}
