using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker;

public sealed class ClassedSlotsTests
{
    [Fact]
    public async Task A_free_slot_goes_to_the_highest_class_and_there_to_the_first()
    {
        var slots = new ClassedSlots(1);
        await slots.EnterAsync(ShardClass.Low, default);
        var low = Enter(slots, ShardClass.Low);
        var first = Enter(slots, ShardClass.High);
        var second = Enter(slots, ShardClass.High);

        slots.Leave();
        await first;
        second.IsCompleted.ShouldBeFalse();
        slots.Leave();
        await second;
        low.IsCompleted.ShouldBeFalse();
        slots.Leave();
        await low;
    }

    [Fact]
    public async Task Who_gives_up_leaves_its_place()
    {
        var slots = new ClassedSlots(1);
        await slots.EnterAsync(ShardClass.Normal, default);
        using var impatient = new CancellationTokenSource();
        var gone = Enter(slots, ShardClass.Critical, impatient.Token);
        var next = Enter(slots, ShardClass.Normal);

        await impatient.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => gone);
        next.IsCompleted.ShouldBeFalse();
        slots.Leave();
        await next;
        slots.Leave();
        await slots.EnterAsync(ShardClass.Low, default);
    }

    [Fact]
    public async Task Who_is_cancelled_already_takes_no_slot()
    {
        var slots = new ClassedSlots(1);

        await Should.ThrowAsync<OperationCanceledException>(
            async () => await slots.EnterAsync(ShardClass.Normal, new(canceled: true)));

        await slots.EnterAsync(ShardClass.Normal, default);
    }

    [Fact]
    public async Task Slots_are_neither_lost_nor_made_when_many_come_and_give_up()
    {
        var slots = new ClassedSlots(3);
        var inside = 0;
        var most = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), async (i, _) =>
        {
            using var patience = new CancellationTokenSource();
            var entering = slots.EnterAsync((ShardClass)(i % 4), patience.Token).AsTask();
            if (i % 5 == 0)
            {
                await patience.CancelAsync();
            }

            try
            {
                await entering;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            slots.Leave();
        });

        most.ShouldBeInRange(1, 3);
        for (var slot = 0; slot < 3; slot++)
        {
            await slots.EnterAsync(ShardClass.Low, default);
        }

        Enter(slots, ShardClass.Low).IsCompleted.ShouldBeFalse();
    }

    private static Task Enter(
        ClassedSlots slots, ShardClass shardClass, CancellationToken cancellationToken = default) =>
        slots.EnterAsync(shardClass, cancellationToken).AsTask();

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value
            && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
