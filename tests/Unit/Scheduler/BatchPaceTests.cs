using Shouldly;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Forecasts;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class BatchPaceTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private readonly BatchState _batch = new()
    {
        CurrentState = nameof(BatchStateMachine.InProgress), InProgressAt = Now.AddHours(-3),
    };

    private readonly StoredForecast _forecast = new()
    {
        BatchId = default,
        MadeAt = Now.UtcDateTime,
        Earliest = Now.UtcDateTime,
        Expected = Now.AddSeconds(90).UtcDateTime,
        Latest = Now.UtcDateTime,
        FirstExpected = Now.UtcDateTime,
        RateSeconds = 20,
        RateLines = 100,
    };

    [Fact]
    public void The_rate_is_of_late_and_the_rest_takes_as_long_as_is_foretold() =>
        BatchPace.Of(_batch, 1_000, 300, _forecast, Now).ShouldBe(new(10, 90));

    [Fact]
    public void A_batch_that_stands_has_a_rate_of_0() =>
        BatchPace.Of(_batch, 1_000, 100, _forecast, Now).ShouldBe(new(0, 90));

    [Fact]
    public void Nobody_knows_how_long_a_pause_lasts()
    {
        _batch.PausedAt = Now.AddSeconds(-5);
        BatchPace.Of(_batch, 1_000, 300, _forecast, Now).ShouldBe(new(10, null));
    }

    [Fact]
    public void Before_the_first_mark_it_counts_from_the_beginning_unless_that_is_long_ago()
    {
        BatchPace.Of(_batch, 1_000, 100, null, Now).ShouldBe(new(null, null));
        BatchPace.Of(_batch, 1_000, 100, _forecast with { RateSeconds = 0.5 }, Now).ShouldBe(new(null, 90));
        _batch.InProgressAt = Now.AddSeconds(-5);
        BatchPace.Of(_batch, 1_000, 100, null, Now).ShouldBe(new(20, 45));
        BatchPace.Of(_batch, 1_000, 0, null, Now).ShouldBe(new(null, null));
    }

    [Fact]
    public void What_is_late_or_at_its_end_has_no_seconds_below_0()
    {
        BatchPace.Of(_batch, 1_000, 300, _forecast, Now.AddHours(1)).Eta.ShouldBe(0);
        BatchPace.Of(_batch, 1_000, 1_000, _forecast, Now).Eta.ShouldBeNull();
        _batch.CurrentState = nameof(BatchStateMachine.Completed);
        BatchPace.Of(_batch, 1_000, 1_000, _forecast, Now).ShouldBe(default);
    }
}
