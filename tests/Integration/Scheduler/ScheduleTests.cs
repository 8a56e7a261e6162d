using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Quartz;
using Shouldly;
using Sluice.Scheduler.Schedules;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Recurring batches over two schedulers.</summary>
public sealed class ScheduleTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>, IAsyncLifetime
{
    private WebApplication _second = null!;
    private HttpClient _client = null!;
    private string _file = "";

    public async ValueTask InitializeAsync()
    {
        _second = await scheduler.StartSchedulerAsync(
            "--Schedules:MinInterval=00:00:01", "--Schedules:MisfireThreshold=00:00:01", "--Schedules:MaxPerTenant=3");
        _client = SchedulerFixture.ClientOf(_second, Tenant);
        _file = await scheduler.UploadAsync(BatchLines.Good(1));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Each_fire_makes_one_batch_whoever_it_is_that_fires()
    {
        var id = Id(await Json(await CreateAsync("* * * * * ?")));

        IReadOnlyList<JsonElement> fires = [];
        await Eventually.Until("it fired four times", async () =>
        {
            fires = [.. (await GetAsync(id)).GetProperty("fires").EnumerateArray()];
            return fires.Count >= 4;
        });

        fires.ShouldAllBe(f => f.GetProperty("error").ValueKind == JsonValueKind.Null);
        fires.Select(f => f.GetProperty("batch_id").GetString()).ShouldBeUnique();
        fires.Select(f => f.GetProperty("fire_at").GetInt64()).ShouldBeUnique();
        var batch = await scheduler.GetAsync($"/v1/batches/{fires[0].GetProperty("batch_id").GetString()}");
        batch.GetProperty("input_file_id").GetString().ShouldBe(_file);
        batch.GetProperty("metadata").GetProperty("of").GetString().ShouldBe("schedule");
        await Json(await _client.DeleteAsync($"/api/schedules/{id}"));
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.qrtz_triggers WHERE trigger_name = @id", new { id })).ShouldBe(0);
        await Eventually.Until("every batch is one fire's", async () => await scheduler.ScalarAsync<bool>(
            """
            SELECT count(*) = count(DISTINCT c.idempotency_key) FROM scheduler.batches b
            LEFT JOIN scheduler.creations c ON c.batch_id = b.id WHERE b.input_file_id = @file
            """,
            new { file = Guid.Parse(_file["file-".Length..]) }));
        await ProblemAsync(await _client.GetAsync($"/api/schedules/{id}"), 404, "schedule_not_found");
    }

    [Fact]
    public async Task A_fire_that_is_run_again_is_the_same_batch()
    {
        var id = Id(await Json(await CreateAsync("0 3 1 1 *")));
        var key = Guid.Parse(id["sched_".Length..]);
        var at = DateTimeOffset.UnixEpoch.AddYears(40);
        ScheduleFire[] schedulers =
            [scheduler.Get<ScheduleFire>(), _second.Services.GetRequiredService<ScheduleFire>()];

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => FireAsync(schedulers[i % 2], key, at)));

        // As when the process died with the batch created and nothing recorded.
        (await scheduler.ExecuteAsync("DELETE FROM scheduler.schedule_fires WHERE schedule_id = @key", new { key }))
            .ShouldBe(1);
        await FireAsync(schedulers[1], key, at);

        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.batches WHERE input_file_id = @file",
            new { file = Guid.Parse(_file["file-".Length..]) })).ShouldBe(1);
        (await GetAsync(id)).GetProperty("fires").GetArrayLength().ShouldBe(1);
        await Json(await _client.DeleteAsync($"/api/schedules/{id}"));
        (await schedulers[0].RunAsync(key, at, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_fire_that_can_make_no_batch_says_why()
    {
        var id = Id(await Json(await CreateAsync("0 3 1 1 *")));
        await Json(await scheduler.Client.DeleteAsync($"/v1/files/{_file}"));

        await FireAsync(scheduler.Get<ScheduleFire>(), Guid.Parse(id["sched_".Length..]), DateTimeOffset.UnixEpoch);

        var fire = (await GetAsync(id)).GetProperty("fires").EnumerateArray().ShouldHaveSingleItem();
        fire.GetProperty("batch_id").ValueKind.ShouldBe(JsonValueKind.Null);
        fire.GetProperty("error").GetString()!.ShouldContain(_file);
        await Json(await _client.DeleteAsync($"/api/schedules/{id}"));
    }

    [Fact]
    public async Task Missed_fires_are_skipped_or_made_up_for_once()
    {
        var skipping = Id(await Json(await CreateAsync("0 3 1 1 *", "skip")));
        var making = Id(await Json(await CreateAsync("0 3 1 1 *", "run_once")));

        // Three years without a scheduler.
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.qrtz_triggers SET next_fire_time = @missed WHERE trigger_name = ANY(@names)",
            new
            {
                missed = TimeProvider.System.GetUtcNow().AddYears(-3).UtcTicks,
                names = new[] { skipping, making },
            });

        await Eventually.Until("one is made up for", async () =>
            (await GetAsync(making)).GetProperty("fires").GetArrayLength() == 1);
        await Eventually.Until("both wait for the next time", async () => await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.qrtz_triggers WHERE trigger_name = ANY(@names) AND next_fire_time > @now",
            new { names = new[] { skipping, making }, now = TimeProvider.System.GetUtcNow().UtcTicks }) == 2);
        (await GetAsync(making)).GetProperty("fires").GetArrayLength().ShouldBe(1);
        (await GetAsync(skipping)).GetProperty("fires").GetArrayLength().ShouldBe(0);
        await Json(await _client.DeleteAsync($"/api/schedules/{skipping}"));
        await Json(await _client.DeleteAsync($"/api/schedules/{making}"));
    }

    [Fact]
    public async Task A_trigger_without_its_schedule_removes_itself()
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddMinutes(-3));
        var key = ScheduleJob.KeyOf(id);

        // As after a deletion whose process died before it told Quartz.
        var quartz = await scheduler.Get<ISchedulerFactory>().GetScheduler();
        await quartz.ScheduleJob(
            JobBuilder.Create<ScheduleJob>().WithIdentity(key).Build(),
            TriggerBuilder.Create().WithIdentity(key.Name, key.Group).WithCronSchedule("* * * * * ?").Build());

        await Eventually.Until("the trigger is gone", async () => await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.qrtz_triggers WHERE trigger_name = @Name", new { key.Name }) == 0);
    }

    [Fact]
    public async Task A_fire_between_the_trigger_and_its_schedule_waits_for_it()
    {
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        // Creations of the tenant wait for this lock before they store the schedule.
        await connection.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(hashtextextended(@Tenant, 30004))", new { Tenant });
        var creating = CreateAsync("* * * * * ?");
        await Eventually.Until("it fires", async () => await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.qrtz_fired_triggers WHERE state = 'EXECUTING'") > 0);
        var fireAt = await scheduler.ScalarAsync<long>("SELECT min(sched_time) FROM scheduler.qrtz_fired_triggers");
        creating.IsCompleted.ShouldBeFalse();

        await transaction.CommitAsync();

        var id = Id(await Json(await creating));
        var first = new DateTimeOffset(fireAt, TimeSpan.Zero).ToUnixTimeSeconds();
        await Eventually.Until("that fire made its batch", async () => (await GetAsync(id)).GetProperty("fires")
            .EnumerateArray().Any(f => f.GetProperty("fire_at").GetInt64() == first
                && f.GetProperty("batch_id").ValueKind == JsonValueKind.String));
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.qrtz_triggers WHERE trigger_name = @id", new { id })).ShouldBe(1);
        await Json(await _client.DeleteAsync($"/api/schedules/{id}"));
    }

    [Fact]
    public async Task A_schedule_shows_its_next_fires_in_its_time_zone_and_belongs_to_its_tenant()
    {
        var created = await Json(await CreateAsync("30 2 * * 1", zone: "Asia/Tokyo"));
        var id = Id(created);
        var next = created.GetProperty("next_fire_times").EnumerateArray()
            .Select(t => DateTimeOffset.FromUnixTimeSeconds(t.GetInt64())).ToList();
        next.Count.ShouldBe(5);
        next.ShouldAllBe(t => t.DayOfWeek == DayOfWeek.Sunday && t.Hour == 17 && t.Minute == 30);
        created.GetProperty("cron").GetString().ShouldBe("30 2 * * 1");
        created.GetProperty("misfire_policy").GetString().ShouldBe("skip");
        using var other = SchedulerFixture.ClientOf(_second, "other");
        await ProblemAsync(await other.GetAsync($"/api/schedules/{id}"), 404, "schedule_not_found");
        await ProblemAsync(await other.DeleteAsync($"/api/schedules/{id}"), 404, "schedule_not_found");
        (await Json(await other.GetAsync("/api/schedules"))).GetProperty("data").GetArrayLength().ShouldBe(0);

        var second = Id(await Json(await CreateAsync("0 0 29 2 *")));
        var third = Id(await Json(await CreateAsync("0 0 0 L * ?")));
        await ProblemAsync(await CreateAsync("0 0 1 1 *"), 409, "too_many_schedules");
        (await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.qrtz_triggers")).ShouldBe(3);
        var page = await Json(await _client.GetAsync("/api/schedules?limit=2"));
        page.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        var rest = await Json(await _client.GetAsync($"/api/schedules?limit=2&after={second}"));
        rest.GetProperty("data").EnumerateArray().Select(Id).ShouldBe([third]);
        foreach (var one in new[] { id, second, third })
        {
            await Json(await _client.DeleteAsync($"/api/schedules/{one}"));
        }
    }

    private static string Id(JsonElement schedule) => schedule.GetProperty("id").GetString()!;

    private static async Task FireAsync(ScheduleFire fire, Guid schedule, DateTimeOffset at)
    {
        // One that meets another at it comes again, as the job does.
        await Eventually.Until("it fired", () => fire.RunAsync(schedule, at, default));
    }

    private object Body(string cron, string policy, string zone) => new
    {
        cron,
        time_zone = zone,
        misfire_policy = policy,
        input_file_id = _file,
        endpoint = "/v1/chat/completions",
        completion_window = "24h",
        metadata = new { of = "schedule" },
    };

    private Task<HttpResponseMessage> CreateAsync(string cron, string policy = "skip", string zone = "UTC") =>
        _client.PostAsJsonAsync("/api/schedules", Body(cron, policy, zone));

    private async Task<JsonElement> GetAsync(string id) => await Json(await _client.GetAsync($"/api/schedules/{id}"));
}
