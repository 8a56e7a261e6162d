using MassTransit;
using Sluice.Tests.Integration.Durability.Messages;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Counts events; is complete when the parts 0 to 4 have arrived in any order; has one timer.</summary>
internal sealed class CounterMachine : MassTransitStateMachine<Counter>
{
    private const int AllParts = 0b11111;

    public CounterMachine()
    {
        InstanceState(counter => counter.CurrentState);
        Event(() => Increment, e => e.CorrelateById(c => c.Message.CorrelationId));
        Event(() => Part, e => e.CorrelateById(c => c.Message.CorrelationId));
        Event(() => NameCounter, e => e.CorrelateById(c => c.Message.CorrelationId));
        Event(() => IncrementByName, e => e.CorrelateBy((counter, c) => counter.Name == c.Message.Name));
        Event(() => OpenCounter, e =>
        {
            e.CorrelateById(c => c.Message.CorrelationId);
            e.InsertOnInitial = true;
            e.SetSagaFactory(c => new Counter { CorrelationId = c.Message.CorrelationId, CurrentState = "Initial" });
        });
        Event(() => Finish, e => e.CorrelateById(c => c.Message.CorrelationId));
        Event(() => StartTimer, e => e.CorrelateById(c => c.Message.CorrelationId));
        Event(() => StopTimer, e => e.CorrelateById(c => c.Message.CorrelationId));
        Schedule(() => Timer, counter => counter.TimerId, s =>
        {
            s.Received = e => e.CorrelateById(c => c.Message.CorrelationId);
        });

        During(Initial, Active,
            When(Increment).Then(c => c.Saga.Count++).TransitionTo(Active),
            When(OpenCounter).Then(c => c.Saga.Count++).TransitionTo(Active),
            When(Part).Then(c => c.Saga.Seen |= 1 << c.Message.No)
                .IfElse(
                    c => c.Saga.Seen == AllParts,
                    all => all.TransitionTo(Complete),
                    some => some.TransitionTo(Active)),
            When(NameCounter).Then(c => c.Saga.Name = c.Message.Name).TransitionTo(Active),
            When(StartTimer)
                .Schedule(Timer, c => new TimerFired { CorrelationId = c.Saga.CorrelationId }, c => c.Message.Delay)
                .TransitionTo(Active));
        During(Active,
            When(IncrementByName).Then(c => c.Saga.Count++),
            When(StopTimer).Unschedule(Timer),
            When(Timer!.Received).Then(c => c.Saga.Fired++),
            When(Finish).Finalize());
        During(Complete,
            Ignore(Part), Ignore(Increment));
        SetCompletedWhenFinalized();
    }

    public State Active { get; private set; } = null!;

    public State Complete { get; private set; } = null!;

    public Event<Increment> Increment { get; private set; } = null!;

    public Event<Part> Part { get; private set; } = null!;

    public Event<NameCounter> NameCounter { get; private set; } = null!;

    public Event<IncrementByName> IncrementByName { get; private set; } = null!;

    public Event<OpenCounter> OpenCounter { get; private set; } = null!;

    public Event<Finish> Finish { get; private set; } = null!;

    public Event<StartTimer> StartTimer { get; private set; } = null!;

    public Event<StopTimer> StopTimer { get; private set; } = null!;

    public Schedule<Counter, TimerFired> Timer { get; private set; } = null!;
}
