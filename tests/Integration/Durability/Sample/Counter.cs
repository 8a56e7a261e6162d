using MassTransit;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Saga state of <see cref="CounterMachine"/>.</summary>
internal sealed class Counter : SagaStateMachineInstance
{
    public Guid CorrelationId { get; set; }

    public string CurrentState { get; set; } = "";

    public int Count { get; set; }

    /// <summary>Bits of the parts that have arrived.</summary>
    public int Seen { get; set; }

    public string Name { get; set; } = "";

    public Guid? TimerId { get; set; }

    public int Fired { get; set; }
}
