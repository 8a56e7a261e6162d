using Shouldly;
using Sluice.Scheduler.Dispatch;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class DispatchOrderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid B = new("00000000-0000-0000-0000-00000000000b");
    private static readonly Guid C = new("00000000-0000-0000-0000-00000000000c");

    [Fact]
    public void A_batch_alone_gets_every_place() =>
        DispatchOrder.Plan([Batch(A, age: 1, ready: 100)], 32).ShouldBe([new(A, 32)]);

    [Fact]
    public void A_batch_gets_no_more_than_it_has() =>
        DispatchOrder.Plan([Batch(A, age: 1, ready: 3)], 32).ShouldBe([new(A, 3)]);

    [Fact]
    public void Batches_take_turns_and_the_oldest_begins() =>
        DispatchOrder.Plan([Batch(A, age: 1, ready: 100), Batch(B, age: 2, ready: 100)], 5)
            .ShouldBe([new(B, 3), new(A, 2)]);

    [Fact]
    public void A_newcomer_catches_up_with_a_batch_that_has_the_workers() =>
        DispatchOrder.Plan(
            [Batch(A, age: 2, ready: 100, outstanding: 30), Batch(B, age: 1, ready: 100)], 10)
            .ShouldBe([new(B, 10)]);

    [Fact]
    public void What_a_small_batch_leaves_goes_to_the_others() =>
        DispatchOrder.Plan(
            [Batch(A, age: 3, ready: 1), Batch(B, age: 2, ready: 100), Batch(C, age: 1, ready: 100)], 9)
            .ShouldBe([new(A, 1), new(B, 4), new(C, 4)]);

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Without_places_nothing_is_planned(int places) =>
        DispatchOrder.Plan([Batch(A, age: 1, ready: 1)], places).ShouldBeEmpty();

    [Fact]
    public void Batches_without_ready_shards_are_passed_over() =>
        DispatchOrder.Plan([Batch(A, age: 1, ready: 0, outstanding: 4)], 5).ShouldBeEmpty();

    private static DispatchCandidate Batch(Guid id, int age, int ready, int outstanding = 0) =>
        new(id, Now.AddMinutes(-age), ready, outstanding);
}
