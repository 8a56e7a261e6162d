using MassTransit;

namespace Sluice.Tests.Integration.Durability.Sample;

internal sealed class CounterDefinition : SagaDefinition<Counter>
{
    protected override void ConfigureSaga(
        IReceiveEndpointConfigurator endpointConfigurator,
        ISagaConfigurator<Counter> sagaConfigurator,
        IRegistrationContext context) =>
        endpointConfigurator.UseStandardPipeline<DurableDb>(context);
}
