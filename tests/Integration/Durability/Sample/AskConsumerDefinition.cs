using MassTransit;

namespace Sluice.Tests.Integration.Durability.Sample;

internal sealed class AskConsumerDefinition : ConsumerDefinition<AskConsumer>
{
    protected override void ConfigureConsumer(
        IReceiveEndpointConfigurator endpointConfigurator,
        IConsumerConfigurator<AskConsumer> consumerConfigurator,
        IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline<DurableDb>(context);
}
