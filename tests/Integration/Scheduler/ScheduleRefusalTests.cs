using System.Net.Http.Json;
using Shouldly;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>What is refused as a schedule.</summary>
public sealed class ScheduleRefusalTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Theory]
    [InlineData("0 0 0 30 2 ?", "cron_never_fires")]
    [InlineData("0 0 31 2 *", "cron_never_fires")]
    [InlineData("0 0 31 4,6,9,11 *", "cron_never_fires")]
    [InlineData("0 0 0 1 1 ? 2020", "cron_never_fires")]
    [InlineData("* * * * * ?", "cron_too_frequent")]
    [InlineData("0,30 0 3 * * ?", "cron_too_frequent")]
    [InlineData("", "invalid_cron")]
    [InlineData("nonsense", "invalid_cron")]
    [InlineData("61 * * * *", "invalid_cron")]
    [InlineData("0 0 0 * *  * * *", "invalid_cron")]
    public async Task A_line_that_never_fires_or_is_none_is_refused(string cron, string code)
    {
        using var answer = await CreateAsync(cron, await scheduler.UploadAsync(BatchLines.Good(1)));

        await ProblemAsync(answer, 400, code);
        (await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.qrtz_triggers")).ShouldBe(0);
    }

    [Fact]
    public async Task What_is_no_schedule_is_refused()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        await ProblemAsync(await CreateAsync("0 3 * * *", file, zone: "Mars/Olympus"), 400, "invalid_time_zone");
        await ProblemAsync(await CreateAsync("0 3 * * *", file, "later"), 400, "invalid_misfire_policy");
        await ProblemAsync(await CreateAsync("0 3 * * *", "file-0"), 404, "file_not_found");
        var other = await scheduler.UploadAsync("x", "user_data");
        await ProblemAsync(await CreateAsync("0 3 * * *", other), 400, "invalid_purpose");
        using var empty = await scheduler.Client.PostAsJsonAsync("/api/schedules", new { cron = "0 3 * * *" });
        await ProblemAsync(empty, 400, "missing_required_field");
        using var odd = await scheduler.PostJsonAsync(
            "/api/schedules",
            $$$"""
            {"input_file_id":"{{{file}}}","endpoint":"/v1/chat/completions","completion_window":"24h",
            "metadata":{"\ud800":"x"}}
            """);
        await ProblemAsync(odd, 400, "invalid_json");
        await ProblemAsync(await scheduler.Client.GetAsync("/api/schedules?limit=0"), 400, "invalid_limit", "limit");
        await ProblemAsync(await scheduler.Client.GetAsync("/api/schedules?after=x"), 404, "schedule_not_found");
    }

    private Task<HttpResponseMessage> CreateAsync(
        string cron, string file, string policy = "skip", string zone = "UTC") =>
        scheduler.Client.PostAsJsonAsync(
            "/api/schedules",
            new
            {
                cron,
                time_zone = zone,
                misfire_policy = policy,
                input_file_id = file,
                endpoint = "/v1/chat/completions",
                completion_window = "24h",
            });
}
