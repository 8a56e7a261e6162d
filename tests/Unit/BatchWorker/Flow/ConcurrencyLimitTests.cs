using Shouldly;
using Sluice.BatchWorker.Flow;
using Xunit;

namespace Sluice.Tests.Unit.BatchWorker.Flow;

public sealed class ConcurrencyLimitTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100);

    private long _now = 1;

    [Fact]
    public void It_doubles_each_round_trip_until_the_first_trouble()
    {
        var limit = New(initial: 4);

        Round(limit);
        limit.Value.ShouldBe(8);
        Round(limit);

        limit.Value.ShouldBe(16);
    }

    [Fact]
    public void After_trouble_it_is_a_share_and_grows_by_one_each_round_trip()
    {
        var limit = New(initial: 100);

        limit.Troubled(_now, ++_now).ShouldBeTrue();
        limit.Value.ShouldBe(70);
        Round(limit);

        limit.Value.ShouldBeInRange(70, 71);
    }

    [Fact]
    public void Calls_that_were_open_at_a_decrease_cause_no_further_one()
    {
        var limit = New(initial: 100);
        var before = _now++;

        limit.Troubled(before, ++_now).ShouldBeTrue();
        limit.Troubled(before, ++_now).ShouldBeFalse();
        limit.Troubled(_now, ++_now).ShouldBeTrue();

        limit.Value.ShouldBe(49);
    }

    [Fact]
    public void It_keeps_its_bounds()
    {
        var limit = New(initial: 8, max: 10);
        Round(limit);
        Round(limit);
        limit.Value.ShouldBe(10);

        for (var i = 0; i < 50; i++)
        {
            limit.Troubled(++_now, ++_now);
        }

        limit.Value.ShouldBe(1);
    }

    [Fact]
    public void A_bound_that_is_not_in_use_does_not_grow()
    {
        var limit = New(initial: 64);

        for (var i = 0; i < 1000; i++)
        {
            limit.Succeeded(_now, ++_now, Quick, inFlight: 3);
        }

        limit.Value.ShouldBe(64);
    }

    [Fact]
    public void Answers_that_take_much_longer_than_usual_lower_it_and_noise_does_not()
    {
        var limit = New(initial: 64, max: 64);
        for (var i = 0; i < 200; i++)
        {
            limit.Succeeded(++_now, ++_now, Quick * (1 + (i % 2 * 0.5)), 64).ShouldBeFalse();
        }

        for (var i = 0; i < 30; i++)
        {
            limit.Succeeded(++_now, ++_now, Quick * 5, 64);
        }

        limit.Value.ShouldBeLessThan(58);
    }

    [Fact]
    public void What_takes_longer_for_good_becomes_usual()
    {
        var limit = New(initial: 64, max: 64);
        Answer(limit, 200, Quick);
        Answer(limit, 100, Quick * 5);
        var low = limit.Value;

        Answer(limit, 5000, Quick * 5);

        limit.Value.ShouldBeGreaterThan(low);
    }

    private static ConcurrencyLimit New(int initial, int max = 1000) =>
        new(new() { InitialConcurrency = initial }, max);

    private void Answer(ConcurrencyLimit limit, int times, TimeSpan latency)
    {
        for (var i = 0; i < times; i++)
        {
            limit.Succeeded(++_now, ++_now, latency, limit.Value);
        }
    }

    /// <summary>As many answers as calls may be open.</summary>
    private void Round(ConcurrencyLimit limit) => Answer(limit, limit.Value, Quick);
}
