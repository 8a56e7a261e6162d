using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Batches;

/// <summary>Priorities, pauses and deadlines through the gateway, beside a batch that keeps the worker busy.</summary>
public sealed class SchedulingTests(SluiceFixture sluice)
{
    // Longer than every test here takes; each batch is cancelled at its end.
    private const string Slow = "first_ms=2000";

    [Fact]
    public async Task A_small_critical_batch_is_not_behind_a_large_one_that_runs()
    {
        var large = await RunningAsync(new BatchLedger().Add(20_000, Slow));
        var ledger = new BatchLedger().Add(10);

        var batch = await sluice.Api.WaitForBatchAsync(await CreateAsync(ledger, priority: "critical"));

        batch["status"]!.GetValue<string>().ShouldBe("completed");
        batch["x_sluice"]!["priority"]!.GetValue<string>().ShouldBe("critical");
        await ledger.CheckAsync(sluice.Api, batch);
        (await sluice.Api.BatchAsync(large))["status"]!.GetValue<string>().ShouldBe("in_progress");
        await CancelAsync(large);
    }

    [Fact]
    public async Task A_paused_batch_waits_and_goes_on_when_it_is_resumed()
    {
        // The worker has them all in hand at once, and calls 256 at most.
        var ledger = new BatchLedger().Add(450, Slow);
        var id = await RunningAsync(ledger);
        await Eventually.Until("its shards are in work", async () => await InWorkAsync(id) > 0);
        var paused = (await sluice.Api.SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause")).Ok();
        paused["status"]!.GetValue<string>().ShouldBe("in_progress");
        paused["x_sluice"]!["paused_at"].ShouldNotBeNull();
        await Eventually.Until("no shard of it is in work", async () => await InWorkAsync(id) == 0);
        var waiting = await sluice.Api.BatchAsync(id);
        waiting["x_sluice"]!["shards"]!["open"]!.GetValue<int>().ShouldBeGreaterThan(0);
        waiting["request_counts"]!["completed"]!.GetValue<int>().ShouldBeLessThan(450);

        (await sluice.Api.SendAsync(HttpMethod.Post, $"/api/batches/{id}/resume")).Ok();
        var batch = await sluice.Api.WaitForBatchAsync(id);

        batch["status"]!.GetValue<string>().ShouldBe("completed");
        await ledger.CheckAsync(sluice.Api, batch);
        var late = await sluice.Api.SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause");
        Problem(late, HttpStatusCode.Conflict, "batch_not_changeable");
    }

    [Fact]
    public async Task A_batch_expires_at_its_deadline_with_what_is_finished()
    {
        var ledger = new BatchLedger().Add(1_000).Add(10_000, Slow);
        var id = await RunningAsync(ledger);
        await sluice.Api.WaitForBatchAsync(id, b => b["request_counts"]!["completed"]!.GetValue<int>() > 0);
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(2).ToUnixTimeSeconds();

        (await ChangeAsync(id, new() { ["expires_at"] = soon })).Ok()["expires_at"]!.GetValue<long>().ShouldBe(soon);
        var batch = await sluice.Api.WaitForBatchAsync(id);

        batch["status"]!.GetValue<string>().ShouldBe("expired");
        batch["expired_at"]!.GetValue<long>().ShouldBeGreaterThanOrEqualTo(soon);
        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBeGreaterThan(0);
        await ledger.CheckAsync(sluice.Api, batch);
    }

    [Fact]
    public async Task Rights_and_tenants_hold_for_control_too()
    {
        var id = await RunningAsync(new BatchLedger().Add(500, Slow));
        using var other = sluice.Cluster.Api(TestKeys.Other);
        using var chat = sluice.Cluster.Api(TestKeys.ChatOnly);

        Problem(
            await other.SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause"), HttpStatusCode.NotFound,
            "batch_not_found");
        (await chat.GetAsync($"/api/batches/{id}")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await other.GetAsync("/api/workers/suggested")).Status.ShouldBe(HttpStatusCode.Forbidden);
        var suggested = (await sluice.Api.GetAsync("/api/workers/suggested")).Ok();
        suggested["suggested"]!.GetValue<int>().ShouldBeGreaterThan(0);
        suggested["alive"]!.GetValue<int>().ShouldBe(1);
        await CancelAsync(id);
    }

    private async Task<long> InWorkAsync(string id) => (long)(await sluice.Cluster.ScalarAsync(
        $"SELECT count(*) FROM scheduler.shards WHERE batch_id = '{id["batch_".Length..]}' AND state IN (1, 2)"))!;

    private static void Problem(Answer answer, HttpStatusCode status, string code)
    {
        answer.Status.ShouldBe(status, answer.ToString());
        answer.Headers["Content-Type"].ShouldStartWith("application/problem+json");
        answer.Json["code"]!.GetValue<string>().ShouldBe(code);
    }

    private async Task<string> RunningAsync(BatchLedger ledger)
    {
        // Low, so that the batches of other tests go first.
        var id = await CreateAsync(ledger, priority: "low");
        await sluice.Api.WaitForBatchAsync(id, b => b["status"]!.GetValue<string>() == "in_progress");
        return id;
    }

    private async Task<string> CreateAsync(BatchLedger ledger, string priority) =>
        (await sluice.Api.PostAsync("/v1/batches", new JsonObject
        {
            ["input_file_id"] = await sluice.Api.UploadAsync(ledger.ToJsonl()),
            ["endpoint"] = SluiceApi.ChatUrl,
            ["completion_window"] = "2h",
            ["priority"] = priority,
        })).Ok()["id"]!.GetValue<string>();

    private Task<Answer> ChangeAsync(string id, JsonObject change) => sluice.Api.SendAsync(
        HttpMethod.Patch, $"/api/batches/{id}",
        new StringContent(change.ToJsonString(), Encoding.UTF8, "application/json"));

    private async Task CancelAsync(string id)
    {
        (await sluice.Api.CancelAsync(id)).Ok();
        await sluice.Api.WaitForBatchAsync(id);
    }
}
