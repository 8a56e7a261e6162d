using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchWorker;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>Why a batch is slow or stuck, told from its real state.</summary>
public sealed class DiagnosisTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task Without_a_worker_that_is_the_reason()
    {
        var id = await CreateAsync(300);

        var finding = await FindingAsync(id, "no_worker");

        finding.GetProperty("severity").GetString().ShouldBe("critical");
        finding.GetProperty("evidence").GetProperty("open_shards").GetInt32().ShouldBe(3);
        finding.GetProperty("evidence").GetProperty("workers").GetInt32().ShouldBe(0);
        finding.GetProperty("advice").GetString()!.ShouldContain("worker");
        await CancelAsync(id);
        await FindingAsync(id, "ended");
    }

    [Fact]
    public async Task One_that_gets_on_is_told_apart_from_one_that_waits_for_it()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var first = await CreateAsync(4000);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);
        var second = await CreateAsync(300);

        var running = await FindingAsync(first, "running");
        var waiting = await FindingAsync(second, "waiting_behind");

        running.GetProperty("evidence").GetProperty("running_shards").GetInt32().ShouldBe(8);
        running.GetProperty("evidence").GetProperty("ready_shards").GetInt32().ShouldBe(32);
        waiting.GetProperty("evidence").GetProperty("ready_shards").GetInt32().ShouldBe(3);
        waiting.GetProperty("evidence").GetProperty("others_outstanding").GetInt32().ShouldBe(8);
        waiting.GetProperty("evidence").GetProperty("workers").GetInt32().ShouldBe(1);
        await CancelAsync(first);
        await CancelAsync(second);
    }

    [Fact]
    public async Task Silent_workers_retries_and_failing_lines_are_told()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        worker.OnlyLines = 20;
        var id = await CreateAsync(100);
        await Eventually.Until("the shard is held", () => worker.Taken.Count == 1);
        var lines = await FindingAsync(id, "lines_fail");
        lines.GetProperty("evidence").GetProperty("failed").GetInt32().ShouldBe(2);
        lines.GetProperty("evidence").GetProperty("done").GetInt32().ShouldBe(20);

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET suspect = true, suspected_at = clock_timestamp() WHERE batch_id = @batch",
            new { batch = Guid.Parse(id["batch_".Length..]) });

        await FindingAsync(id, "owner_silent");
        (await FindingAsync(id, "shards_retried")).GetProperty("evidence").GetProperty("retries").GetInt32()
            .ShouldBeGreaterThan(0);
        await CancelAsync(id);
    }

    [Fact]
    public async Task The_last_cause_of_retries_is_the_newest()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var id = await CreateAsync(200);
        await Eventually.Until("both shards are taken", () => worker.Taken.Count == 2);

        // 429 comes before timeout in the alphabet, and in the order of the shards.
        foreach (var (shard, cause) in worker.Taken.OrderByDescending(m => m.ShardNo).Zip(["timeout", "429"]))
        {
            (await scheduler.Get<ResultPages>().AppendAsync(
                new(new(shard.BatchId, shard.ShardNo), shard.Epoch, worker.Instances.Current.Id),
                new()
                {
                    No = 0,
                    OutputLines = [1 + (shard.ShardNo * 100)],
                    Output = "{}\n"u8.ToArray(),
                    ErrorLines = [],
                    Error = default,
                    Retries = 1,
                    RetryCause = cause,
                },
                default)).ShouldBeTrue();
        }

        var evidence = (await FindingAsync(id, "lines_retried")).GetProperty("evidence");
        evidence.GetProperty("line_retries").GetInt32().ShouldBe(2);
        evidence.GetProperty("last_cause").GetString().ShouldBe("429");
        await CancelAsync(id);
    }

    [Fact]
    public async Task What_waited_long_is_told_by_the_class_that_it_has_now()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var first = await CreateAsync(4000);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);
        var second = (await scheduler.CreateBatchAsync(300, """ "priority":"low", """)).GetProperty("id").GetString()!;
        await FindingAsync(second, "waiting_behind_priority");

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET in_progress_at = in_progress_at - interval '61 minutes' WHERE id = @id",
            new { id = Guid.Parse(second["batch_".Length..]) });

        (await FindingAsync(second, "waiting_behind")).GetProperty("evidence").GetProperty("higher_outstanding")
            .GetInt32().ShouldBe(0);

        // Of which it was parked until now.
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET parked_by = 'x', ready_after = clock_timestamp() WHERE batch_id = @id",
            new { id = Guid.Parse(second["batch_".Length..]) });
        await FindingAsync(second, "waiting_behind_priority");
        await CancelAsync(first);
        await CancelAsync(second);
    }

    [Fact]
    public async Task Parked_shards_are_told_with_their_figures_and_without_names()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        var first = await CreateAsync(4000);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);
        var second = await CreateAsync(300);
        var batch = Guid.Parse(second["batch_".Length..]);
        await FindingAsync(second, "waiting_behind");

        await scheduler.ExecuteAsync(
            """
            UPDATE scheduler.shards SET ready_after = now() + interval '1 min', parked_by = 'secret',
                cause = CASE WHEN no < 2 THEN 'provider_quota' ELSE 'error: SomeException: secret' END
            WHERE batch_id = @batch
            """,
            new { batch });
        var quota = await FindingAsync(second, "quota");
        quota.GetProperty("severity").GetString().ShouldBe("critical");
        quota.GetProperty("evidence").GetProperty("waiting_shards").GetInt32().ShouldBe(2);
        quota.GetProperty("evidence").GetProperty("next_try_in").GetDouble().ShouldBeInRange(1, 60);
        await FindingAsync(second, "shards_fail");
        var text = await scheduler.Client.GetStringAsync($"/api/batches/{second}/diagnosis")
            + await scheduler.Client.GetStringAsync($"/api/batches/{second}/shards");
        text.ShouldContain("provider_quota");
        text.ShouldNotContain("secret");
        await foreach (var seen in BatchEvents.ReadAsync(scheduler.Client, second))
        {
            seen.Data.GetProperty("causes").GetRawText().ShouldBe(
                """[{"cause":"error","shards":1},{"cause":"provider_quota","shards":2}]""");
            break;
        }

        await CancelAsync(first);
        await CancelAsync(second);
    }

    [Fact]
    public async Task What_a_provider_refuses_is_told_before_it_is_parked_and_after()
    {
        await using var worker = BatchWorkerHost.Build(
            [.. scheduler.Connections(), "--Internal:Url=http://127.0.0.1:0", "--Flow:ParkFor=00:01:00"]);
        await worker.StartAsync();

        // The others are answered: nothing is parked.
        var limited = await CreateAsync(
            [.. Enumerable.Repeat("@sim hash", 50), $"@sim hash status=429 times=1000000 #{Guid.NewGuid()}"]);
        var refused = (await FindingAsync(limited, "rate_limited")).GetProperty("evidence");
        refused.GetProperty("limited_calls").GetInt32().ShouldBePositive();
        refused.GetProperty("last_limited").GetDouble().ShouldBeInRange(0, 60);
        refused.GetProperty("running_shards").GetInt32().ShouldBe(1);

        var broke = await CreateAsync([$"@sim hash status=429 quota times=1000000 #{Guid.NewGuid()}"]);
        var quota = await FindingAsync(broke, "quota");
        quota.GetProperty("severity").GetString().ShouldBe("critical");
        quota.GetProperty("evidence").GetProperty("waiting_shards").GetInt32().ShouldBe(1);
        quota.GetProperty("evidence").GetProperty("next_try_in").GetDouble().ShouldBeInRange(1, 72);
        await CancelAsync(limited);
        await CancelAsync(broke);
        await StopAsync(worker);
    }

    [Fact]
    public async Task Another_tenants_batch_does_not_exist()
    {
        var id = (await scheduler.CreateBatchAsync("nonsense")).GetProperty("id").GetString()!;
        using var other = scheduler.ClientOf("other");

        await ProblemAsync(await other.GetAsync($"/api/batches/{id}/diagnosis"), 404, "batch_not_found");
    }

    private async Task<JsonElement> FindingAsync(string id, string code)
    {
        JsonElement found = default;
        await Eventually.Until($"the diagnosis says {code}", async () =>
        {
            var diagnosis = await scheduler.GetAsync($"/api/batches/{id}/diagnosis");
            found = diagnosis.GetProperty("findings").EnumerateArray()
                .FirstOrDefault(f => f.GetProperty("code").GetString() == code);
            return found.ValueKind == JsonValueKind.Object;
        });
        return found;
    }

    private async Task<string> CreateAsync(int lines)
    {
        var id = (await scheduler.CreateBatchAsync(lines)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return id;
    }

    private async Task<string> CreateAsync(IReadOnlyList<string> orders)
    {
        var lines = orders.Select((order, line) =>
            $$$"""
              {"custom_id":"{{{line}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"sluice-sim",
              "messages":[{"role":"user","content":"{{{order}}}"}]}}
              """.ReplaceLineEndings(""));
        var id = (await scheduler.CreateBatchAsync(string.Join('\n', lines))).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return id;
    }

    private static async Task StopAsync(WebApplication worker)
    {
        // Off the socket's thread that the test may be on: cancelling a query waits for a connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await worker.StopAsync();
    }

    private async Task CancelAsync(string id)
    {
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }
}
