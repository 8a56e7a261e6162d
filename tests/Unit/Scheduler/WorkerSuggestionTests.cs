using Shouldly;
using Sluice.Scheduler.Forecasts;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class WorkerSuggestionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly ForecastOptions Options =
        new() { DrainWithin = TimeSpan.FromSeconds(100), MaxSuggestedWorkers = 20 };

    [Fact]
    public void Without_work_none_is_needed()
    {
        Of().ShouldBe(new(0, "idle", 0));
        Of(Batch(lines: 0), Batch(lines: 500) with { IsPaused = true }).ShouldBe(new(0, "idle", 0));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    [InlineData(1_001, 2)]
    [InlineData(10_000, 10)]
    [InlineData(1_000_000, 20)]
    public void The_backlog_is_to_end_within_the_drain_time(int lines, int workers) =>
        Of(Batch(lines)).ShouldBe(new(workers, "backlog", lines));

    [Fact]
    public void A_deadline_asks_for_as_many_as_it_needs() =>
        Of(Batch(1_000, dueAfter: 25)).ShouldBe(new(4, "deadlines", 1_000));

    [Fact]
    public void What_is_due_earlier_is_done_first() =>
        Of(Batch(100, dueAfter: 10), Batch(900, dueAfter: 20), Batch(500)).ShouldBe(new(5, "deadlines", 1_500));

    [Fact]
    public void An_unsure_forecast_asks_for_more() =>
        Of(Batch(1_000, dueAfter: 25) with { Spread = 0.5 }).Workers.ShouldBe(6);

    [Fact]
    public void A_deadline_that_has_passed_asks_for_no_more_than_the_bound() =>
        Of(Batch(1_000, dueAfter: -5)).Workers.ShouldBe(20);

    private static WorkerSuggestion Of(params ForecastBatch[] batches) =>
        WorkerSuggestion.Of(batches, linesPerWorker: 10, Now, Options);

    private static ForecastBatch Batch(double lines, int? dueAfter = null) => new()
    {
        BatchId = Guid.NewGuid(),
        Tenant = "acme",
        Priority = new(25),
        CreatedAt = Now,
        Deadline = dueAfter is { } seconds ? Now.AddSeconds(seconds) : null,
        Lines = lines,
        SecondsPerLine = 1,
    };
}
