using Shouldly;
using Sluice.BatchWorker.Lines;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker;

public sealed class ByteBudgetTests
{
    private readonly ByteBudget _budget = new(100);

    [Fact]
    public async Task What_fits_is_granted_at_once_and_the_rest_waits_its_turn()
    {
        await _budget.TakeAsync(60, default);
        await _budget.TakeAsync(40, default);
        var first = _budget.TakeAsync(50, default);
        var second = _budget.TakeAsync(10, default);

        _budget.Return(40);
        (first.IsCompleted, second.IsCompleted).ShouldBe((false, false));

        _budget.Return(60);
        await first;
        await second;
    }

    [Fact]
    public async Task A_request_larger_than_the_budget_gets_all_of_it()
    {
        await _budget.TakeAsync(10, default);
        var large = _budget.TakeAsync(1000, default);
        large.IsCompleted.ShouldBeFalse();

        _budget.Return(10);
        await large;
        var next = _budget.TakeAsync(1, default);
        next.IsCompleted.ShouldBeFalse();

        _budget.Return(1000);
        await next;
    }

    [Fact]
    public async Task One_that_gives_up_lets_those_behind_it_in()
    {
        await _budget.TakeAsync(50, default);
        using var patience = new CancellationTokenSource();
        var large = _budget.TakeAsync(80, patience.Token);
        var small = _budget.TakeAsync(50, default);

        await patience.CancelAsync();

        await large.ShouldThrowAsync<OperationCanceledException>();
        await small;
    }

    [Fact]
    public async Task The_budget_is_whole_after_a_crowd_has_passed()
    {
        var inUse = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(1, 2000), async (i, token) =>
        {
            var bytes = i % 60;
            await _budget.TakeAsync(bytes, token);
            Interlocked.Add(ref inUse, bytes).ShouldBeLessThanOrEqualTo(100);
            await Task.Yield();
            Interlocked.Add(ref inUse, -bytes);
            _budget.Return(bytes);
        });

        _budget.TakeAsync(100, default).IsCompleted.ShouldBeTrue();
    }
}
