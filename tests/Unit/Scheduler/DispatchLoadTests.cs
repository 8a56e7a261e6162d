using Shouldly;
using Sluice.Scheduler.Dispatch;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class DispatchLoadTests
{
    private static readonly DispatchOptions Options = new() { Window = 32, MinWindow = 8 };

    [Theory]
    [InlineData(1, 0, 8)]
    [InlineData(1, 20, 20)]
    [InlineData(1, 500, 32)]
    [InlineData(4, 20, 32)]
    [InlineData(4, 100, 100)]
    [InlineData(0, 0, 8)]
    public void The_window_is_what_ended_lately_within_the_bounds_for_each_worker(int workers, int ended, int window) =>
        new DispatchLoad(workers, ended).Window(Options).ShouldBe(window);

    [Fact]
    public void A_window_below_the_minimum_is_the_minimum_too() =>
        new DispatchLoad(1, 100).Window(new() { Window = 4, MinWindow = 8 }).ShouldBe(4);
}
