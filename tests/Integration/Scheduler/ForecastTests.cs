using System.Globalization;
using System.Text.Json;
using Shouldly;
using Sluice.BatchStore.Measures;
using Sluice.Scheduler.Forecasts;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Forecasts over measures that the test makes: a line takes 2 s, a busy worker has 10 at once.</summary>
public sealed class ForecastTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>, IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await MeasureTable.AddAsync(
            connection,
            [
                new(new(MeasureKind.LineTime, "sluice-sim"), new(1e6, 2e6, 4e6)),
                new(new(MeasureKind.ParallelLines, ""), new(1e6, 1e7, 1e8)),
                // Shards keep their usual size.
                new(new(MeasureKind.ParallelCalls, ""), new(1e6, 2e8, 4e10)),
            ],
            default);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_estimate_is_shown_and_afterwards_its_error()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(500, "24h");

        var estimate = (await UntilAsync(id, x => x.GetProperty("estimate").ValueKind == JsonValueKind.Object))
            .GetProperty("estimate");
        var expected = estimate.GetProperty("expected").GetInt64();
        (expected - estimate.GetProperty("made_at").GetInt64()).ShouldBeInRange(99, 101);
        estimate.GetProperty("earliest").GetInt64().ShouldBeLessThan(expected);
        estimate.GetProperty("latest").GetInt64().ShouldBeGreaterThan(expected);
        estimate.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null);
        (await MetricAsync("sluice_batch_forecast_end_seconds{class=\"normal\"}"))!.Value.ShouldBeInRange(99, 101);
        (await MetricAsync("sluice_batch_forecast_slack_seconds{class=\"normal\"}"))!.Value
            .ShouldBeInRange(85_000, 86_400 - 100);

        worker.Holds = false;
        await ReleaseAsync(id);
        var ended = await UntilAsync(
            id, x => x.GetProperty("estimate").GetProperty("error").ValueKind == JsonValueKind.Number);

        ended.GetProperty("estimate").GetProperty("error").GetDouble().ShouldBeInRange(-100, -1);
        ended.GetProperty("estimate").GetProperty("first_expected").GetInt64().ShouldBeInRange(expected - 10, expected);
        await Eventually.Until("no end is expected any more", async () =>
            await MetricAsync("sluice_batch_forecast_end_seconds{class=\"normal\"}") is null);
        (await MetricAsync("sluice_batch_forecast_error_seconds_count"))!.Value.ShouldBeGreaterThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_batch_that_would_miss_its_deadline_is_flagged_and_goes_first_and_a_safe_one_is_not()
    {
        var safe = await CreateAsync(3_000, "24h");

        // 400 s alone, 800 s in turns.
        var late = await CreateAsync(2_000, "10m");

        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        await UntilAsync(late, x => x.GetProperty("at_risk_since").ValueKind == JsonValueKind.Number);
        var forecast = (await scheduler.GetAsync($"/v1/batches/{safe}")).GetProperty("x_sluice");
        forecast.GetProperty("at_risk_since").ValueKind.ShouldBe(JsonValueKind.Null);

        worker.Holds = false;
        await ReleaseAsync(late);
        await ReleaseAsync(safe);
        await scheduler.WaitForAsync(late, "completed");
        await scheduler.WaitForAsync(safe, "completed");

        // A window of 8 was held, half of each; in turns the last of the twenty would be about the 48th.
        var last = worker.Received.Select((m, place) => (m, place)).Last(m => m.m.BatchId == Key(late)).place;
        last.ShouldBeLessThan(8 + 20 + 12);
    }

    [Fact]
    public async Task Without_a_worker_what_even_one_could_not_end_in_time_is_flagged()
    {
        // 500 lines at ten at once take 100 s.
        var id = await CreateAsync(500, "1m");

        await UntilAsync(id, x => x.GetProperty("at_risk_since").ValueKind == JsonValueKind.Number);
        var finding = (await scheduler.GetAsync($"/api/batches/{id}/diagnosis")).GetProperty("findings")
            .EnumerateArray().Single(f => f.GetProperty("code").GetString() == "deadline_at_risk");
        finding.GetProperty("evidence").GetProperty("deadline_in").GetDouble().ShouldBeInRange(1, 60);

        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }

    [Fact]
    public async Task A_paused_batch_is_flagged_when_it_could_not_end_in_time_any_more_and_is_not_raised()
    {
        // 500 lines at ten at once take 100 s.
        var id = await CreateAsync(500, "1h");
        await UntilAsync(id, x => x.GetProperty("estimate").ValueKind == JsonValueKind.Object);
        await Json(await scheduler.Client.PostAsync($"/api/batches/{id}/pause", null));
        var made = (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("x_sluice")
            .GetProperty("estimate").GetProperty("made_at").GetInt64();
        await UntilAsync(id, x => x.GetProperty("estimate").GetProperty("made_at").GetInt64() > made);

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET expires_at = now() + interval '1 minute' WHERE id = @id",
            new { id = Key(id) });

        var late = await UntilAsync(id, x => x.GetProperty("at_risk_since").ValueKind == JsonValueKind.Number);
        late.GetProperty("paused_at").ValueKind.ShouldBe(JsonValueKind.Number);
        (await scheduler.ScalarAsync<bool>(
            "SELECT raised FROM scheduler.batch_forecasts WHERE batch_id = @id", new { id = Key(id) })).ShouldBeFalse();
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.forecast_marks WHERE batch_id = @id AND made_at > to_timestamp(@made + 1)",
            new { id = Key(id), made })).ShouldBe(0);
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }

    [Fact]
    public async Task The_rate_is_of_late_and_the_rest_takes_as_long_as_is_foretold()
    {
        var id = await CreateAsync(500, "24h");
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET in_progress_at = in_progress_at - interval '50 minutes' WHERE id = @id",
            new { id = Key(id) });
        await UntilAsync(id, x => x.GetProperty("estimate").ValueKind == JsonValueKind.Object);
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        await Eventually.Until("a shard is taken", () => !worker.Taken.IsEmpty);
        var shard = worker.Taken.First();

        // About 100, more or less by what other tests of the class have measured.
        var place = new { id = Key(id), no = shard.ShardNo };
        var lines = await scheduler.ScalarAsync<int>(
            "SELECT lines FROM scheduler.shards WHERE batch_id = @id AND no = @no", place);
        var first = await scheduler.ScalarAsync<int>(
            "SELECT first_line FROM scheduler.shards WHERE batch_id = @id AND no = @no", place);
        (await worker.RunAsync(
            new(new(Key(id), shard.ShardNo), shard.Epoch, worker.Instances.Current.Id),
            new(new(Key(id), shard.ShardNo), shard.Epoch, Guid.Empty, first, lines, 0, 0, 1),
            lines,
            last: true)).ShouldBeTrue();

        // 100 lines in 50 minutes would be 0.03 a second, and the rest would take hours.
        var running = await UntilAsync(id, x => x.GetProperty("rate").ValueKind == JsonValueKind.Number);
        running.GetProperty("rate").GetDouble().ShouldBeGreaterThan(0.5);
        running.GetProperty("eta").GetDouble().ShouldBeInRange(70, 101);
        await foreach (var seen in BatchEvents.ReadAsync(scheduler.Client, id))
        {
            seen.Data.GetProperty("rate").GetDouble().ShouldBeGreaterThan(0.5);
            seen.Data.GetProperty("eta").GetDouble().ShouldBeInRange(60, 101);
            break;
        }

        await Eventually.Until("the mark has moved on", async () =>
        {
            // Again, because a round that has read the row before writes it afterwards.
            await scheduler.ExecuteAsync(
                """
                UPDATE scheduler.batch_forecasts SET rate_from = rate_from - interval '20 s',
                    rate_next = rate_next - interval '20 s' WHERE batch_id = @id
                """,
                new { id = Key(id) });
            return await scheduler.ScalarAsync<long>(
                "SELECT rate_next_lines FROM scheduler.batch_forecasts WHERE batch_id = @id",
                new { id = Key(id) }) == lines;
        });
        var paused = await Json(await scheduler.Client.PostAsync($"/api/batches/{id}/pause", null));
        paused.GetProperty("x_sluice").GetProperty("eta").ValueKind.ShouldBe(JsonValueKind.Null);
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }

    [Fact]
    public async Task What_became_of_forecasts_is_learnt()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(500, "24h");
        await UntilAsync(id, x => x.GetProperty("estimate").ValueKind == JsonValueKind.Object);
        var before = await LearntAsync();

        worker.Holds = false;
        await ReleaseAsync(id);
        await scheduler.WaitForAsync(id, "completed");

        await Eventually.Until("it is learnt", async () => await LearntAsync() > before);
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.forecast_marks WHERE batch_id = @id", new { id = Key(id) })).ShouldBe(0);
    }

    [Fact]
    public async Task The_number_of_workers_follows_from_backlog_and_deadlines()
    {
        var idle = await scheduler.GetAsync("/api/workers/suggested");
        idle.GetProperty("suggested").GetInt32().ShouldBe(0);
        idle.GetProperty("reason").GetString().ShouldBe("idle");

        // 5,900 lines of 2 s: ten minutes for not quite two workers with ten lines each.
        var id = await CreateAsync(5_900, "24h");
        await scheduler.Get<SampledModels>().RefreshAsync(default);
        var backlog = await scheduler.GetAsync("/api/workers/suggested");
        backlog.GetProperty("suggested").GetInt32().ShouldBe(2);
        backlog.GetProperty("reason").GetString().ShouldBe("backlog");
        backlog.GetProperty("lines").GetInt64().ShouldBe(5_900);
        backlog.GetProperty("lines_per_worker").GetDouble().ShouldBe(10, 0.001);

        var due = await CreateAsync(600, "1m");
        await scheduler.Get<SampledModels>().RefreshAsync(default);
        var deadlines = await scheduler.GetAsync("/api/workers/suggested");
        deadlines.GetProperty("suggested").GetInt32().ShouldBeInRange(3, 4);
        deadlines.GetProperty("reason").GetString().ShouldBe("deadlines");
        foreach (var batch in new[] { id, due })
        {
            await Json(await scheduler.Client.PostAsync($"/v1/batches/{batch}/cancel", null));
            await scheduler.WaitForAsync(batch, "cancelled");
        }
    }

    [Fact]
    public async Task Older_samples_count_less()
    {
        var key = new MeasureKey(MeasureKind.LineTime, "decaying");
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await MeasureTable.AddAsync(connection, [new(key, default(Measure).Add(4).Add(4))], default);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.measures SET measured_at = measured_at - interval '10 minutes' WHERE name = 'decaying'");

        await MeasureTable.AddAsync(connection, [new(key, default(Measure).Add(1))], default);

        var measure = (await MeasureTable.ReadAsync(connection, default))[key];
        measure.Weight.ShouldBe(2, 0.01);
        measure.Mean.ShouldBe(2.5, 0.01);
        await scheduler.ExecuteAsync("DELETE FROM scheduler.measures WHERE name = 'decaying'");
    }

    /// <summary>Null when there is no such series.</summary>
    private async Task<double?> MetricAsync(string series)
    {
        var line = (await scheduler.Client.GetStringAsync("/metrics")).Split('\n')
            .FirstOrDefault(l => l.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[series.Length..], CultureInfo.InvariantCulture);
    }

    private Task<double> LearntAsync() => scheduler.ScalarAsync<double>(
        "SELECT coalesce(sum(w), 0) FROM scheduler.forecast_errors, unnest(weights) AS w");

    private static Guid Key(string id) => Guid.Parse(id["batch_".Length..]);

    private async Task<string> CreateAsync(int lines, string window)
    {
        var id = (await scheduler.CreateBatchAsync(lines, "", window)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return id;
    }

    private async Task<JsonElement> UntilAsync(string id, Func<JsonElement, bool> reached)
    {
        JsonElement extras = default;
        await Eventually.Until("the forecast is there", async () =>
        {
            extras = (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("x_sluice");
            return reached(extras);
        });
        return extras;
    }

    /// <summary>Has what the worker holds sent again.</summary>
    private Task<int> ReleaseAsync(string id) => scheduler.ExecuteAsync(
        "UPDATE scheduler.shards SET state = 0, owner = NULL, epoch = epoch + 1 WHERE batch_id = @id AND state = 2",
        new { id = Key(id) });
}
