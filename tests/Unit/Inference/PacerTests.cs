using System.Diagnostics;
using Shouldly;
using Sluice.Inference.Simulated;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class PacerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task One_that_is_due_sooner_does_not_wait_for_one_that_came_before_it()
    {
        using var pacer = new Pacer();
        using var late = new CancellationTokenSource();
        using var far = new PacedWait(pacer, late.Token);
        using var near = new PacedWait(pacer, CancellationToken.None);
        var hour = far.Until(Stopwatch.GetTimestamp() + (3_600 * Stopwatch.Frequency)).AsTask();

        // Again and again: once it is woken for the near one, it has to go back to waiting for the far one.
        for (var i = 0; i < 20; i++)
        {
            await near.Until(Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1_000)).AsTask().WaitAsync(Patience);
        }

        hour.IsCompleted.ShouldBeFalse();
        await late.CancelAsync();
        await hour.WaitAsync(Patience);
    }

    [Fact]
    public async Task Many_that_are_due_already_are_all_woken()
    {
        using var pacer = new Pacer();
        var waits = Enumerable.Range(0, 500).Select(_ => new PacedWait(pacer, CancellationToken.None)).ToList();

        await Task.WhenAll(waits.Select(one => one.Until(Stopwatch.GetTimestamp()).AsTask())).WaitAsync(Patience);

        waits.ForEach(one => one.Dispose());
    }
}
