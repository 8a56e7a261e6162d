using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Streaming;
using Sluice.Streaming.Admission;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Streaming;

public sealed class AdmissionQueueTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Places_go_to_those_who_wait_longest()
    {
        var (active, queue) = New(places: 1, length: 10);
        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Admitted);
        var (first, second) = (queue.EnterAsync(default).AsTask(), queue.EnterAsync(default).AsTask());

        active.Leave();

        (await first).ShouldBe(AdmissionOutcome.Admitted);
        (second.IsCompleted, queue.Count, active.Count).ShouldBe((false, 1, 1));
        active.Leave();
        (await second).ShouldBe(AdmissionOutcome.Admitted);
    }

    [Fact]
    public async Task A_queue_that_was_full_takes_none_until_it_has_fallen_to_the_low_mark()
    {
        var (active, queue) = New(places: 1, length: 10);
        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Admitted);
        var waiting = Enumerable.Range(0, 8).Select(_ => queue.EnterAsync(default).AsTask()).ToList();
        waiting.ShouldAllBe(task => !task.IsCompleted);

        for (var left = 8; left > 5; left--)
        {
            (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Full, $"{left} wait");
            active.Leave();
        }

        queue.Count.ShouldBe(5);
        queue.EnterAsync(default).AsTask().IsCompleted.ShouldBeFalse("half of it is free");
        active.Count.ShouldBe(1, "its places stay taken all the while");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(1_000, 800)]
    public async Task It_shuts_at_the_high_mark_of_its_length(int length, int taken)
    {
        var (active, queue) = New(places: 1, length);
        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Admitted);

        for (var i = 0; i < taken; i++)
        {
            queue.EnterAsync(default).AsTask().IsCompleted.ShouldBeFalse();
        }

        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Full);
        active.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_refused_and_leaves_the_queue()
    {
        var (active, queue) = New(places: 1, length: 10);
        await queue.EnterAsync(default);
        var early = queue.EnterAsync(default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));
        var late = queue.EnterAsync(default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(2));

        (await early).ShouldBe(AdmissionOutcome.TimedOut);
        active.Leave();
        (await late).ShouldBe(AdmissionOutcome.Admitted);
        _time.Advance(TimeSpan.FromMinutes(1));
        (queue.Count, active.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Who_leaves_frees_the_place_in_the_queue()
    {
        var (active, queue) = New(places: 1, length: 1);
        await queue.EnterAsync(default);
        using var leave = new CancellationTokenSource();
        var waiting = queue.EnterAsync(leave.Token).AsTask();
        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Full);

        await leave.CancelAsync();

        (await waiting).ShouldBe(AdmissionOutcome.Left);
        var next = queue.EnterAsync(default).AsTask();
        active.Leave();
        (await next).ShouldBe(AdmissionOutcome.Admitted);
    }

    [Fact]
    public async Task The_drain_refuses_who_waits_and_who_comes()
    {
        var (active, queue) = New(places: 1, length: 10);
        await queue.EnterAsync(default);
        var waiting = queue.EnterAsync(default).AsTask();

        var drained = active.DrainAsync();

        (await waiting).ShouldBe(AdmissionOutcome.Draining);
        (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Draining);
        drained.IsCompleted.ShouldBeFalse();
        active.Leave();
        await drained;
    }

    [Fact]
    public async Task Responses_taken_over_enter_before_those_who_wait()
    {
        var (active, queue) = New(places: 2, length: 10);
        await queue.EnterAsync(default);
        await queue.EnterAsync(default);
        var waiting = queue.EnterAsync(default).AsTask();
        active.TryEnter().ShouldBeFalse();
        active.Keep(1);

        active.Leave();

        waiting.IsCompleted.ShouldBeFalse();
        active.TryEnter().ShouldBeTrue();
        active.Leave();
        active.Keep(0);
        (await waiting).ShouldBe(AdmissionOutcome.Admitted);
    }

    [Fact]
    public async Task No_place_is_lost_or_given_twice_when_many_come_and_leave_at_once()
    {
        var (active, queue) = New(places: 3, length: 10_000);
        var (most, admitted) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                (await queue.EnterAsync(default)).ShouldBe(AdmissionOutcome.Admitted);
                InterlockedMax(ref most, active.Count);
                Interlocked.Increment(ref admitted);
                await Task.Yield();
                active.Leave();
            }
        })));

        (admitted, active.Count, queue.Count).ShouldBe((4_000, 0, 0));
        most.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public void The_low_mark_lies_below_the_high_one()
    {
        var options = new StreamingOptions { HighWaterMark = 0.5, LowWaterMark = 0.5 };

        new StreamingOptionsValidator().Validate(null, options).FailureMessage!.ShouldContain("LowWaterMark");
        new StreamingOptionsValidator().Validate(null, new()).Succeeded.ShouldBeTrue();
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = most; value > seen; seen = most)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private (ActiveResponses Active, AdmissionQueue Queue) New(int places, int length)
    {
        var options = Options.Create(new StreamingOptions { MaxActiveResponses = places, QueueLength = length });
        var active = new ActiveResponses(options);
        return (active, new AdmissionQueue(active, options, _time));
    }
}
