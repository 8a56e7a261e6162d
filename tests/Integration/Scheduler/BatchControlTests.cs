using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>What clients may change about a batch that has not ended.</summary>
public sealed class BatchControlTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task A_paused_batch_gets_no_shard_until_it_is_resumed()
    {
        var id = await CreateAsync(300);
        var paused = await Json(await SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause"));
        paused.GetProperty("status").GetString().ShouldBe("in_progress");
        paused.GetProperty("x_sluice").GetProperty("paused_at").ValueKind.ShouldBe(JsonValueKind.Number);
        var other = await CreateAsync(300);

        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(other, "completed");
        worker.Received.ShouldAllBe(m => m.BatchId == Key(other));
        (await scheduler.Client.GetStringAsync($"/api/batches/{id}/diagnosis")).ShouldContain("\"paused\"");

        var resumed = await Json(await SendAsync(HttpMethod.Post, $"/api/batches/{id}/resume"));
        resumed.GetProperty("x_sluice").GetProperty("paused_at").ValueKind.ShouldBe(JsonValueKind.Null);
        await scheduler.WaitForAsync(id, "completed");
    }

    [Fact]
    public async Task Workers_hear_of_a_pause_and_of_its_end()
    {
        var id = await CreateAsync(100);
        await using var worker = await FakeWorker.StartAsync(scheduler, holds: true);
        await Eventually.Until("it is taken", () => worker.Taken.Any(m => m.BatchId == Key(id)));

        (await SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause")).Dispose();
        (await worker.IsPausedAsync(Key(id))).ShouldBe([true]);

        (await SendAsync(HttpMethod.Post, $"/api/batches/{id}/resume")).Dispose();
        (await worker.IsPausedAsync(Key(id))).ShouldBe([false]);
        await CancelAsync(id);
    }

    [Fact]
    public async Task Pausing_twice_is_one_pause()
    {
        var id = await CreateAsync(1);

        using var first = await SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause");
        using var second = await SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause");

        first.Headers.ETag!.Tag.ShouldBe("\"1\"");
        second.Headers.ETag!.Tag.ShouldBe("\"1\"");
        (await PausedAtAsync(first)).ShouldBe(await PausedAtAsync(second));
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_changed_priority_counts_from_the_next_round_on()
    {
        var first = await CreateAsync(600);
        var last = await CreateAsync(600);
        var changed = await Json(await PatchAsync(last, """{"priority":"critical"}"""));
        changed.GetProperty("x_sluice").GetProperty("priority").GetString().ShouldBe("critical");

        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(last, "completed");
        await scheduler.WaitForAsync(first, "completed");

        worker.Received.Where(m => m.BatchId == Key(last)).ShouldAllBe(m => m.Class == 0);
        worker.Received.Take(12).Count(m => m.BatchId == Key(last)).ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_changed_deadline_is_the_one_that_counts()
    {
        var id = await CreateAsync(5);
        var soon = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 3;

        var none = await Json(await PatchAsync(id, """{"expires_at":null}"""));
        none.GetProperty("expires_at").ValueKind.ShouldBe(JsonValueKind.Null);
        (await WaitingAsync(id)).ShouldBe(0);
        var changed = await Json(await PatchAsync(id, $$"""{"expires_at":{{soon}}}"""));
        changed.GetProperty("expires_at").GetInt64().ShouldBe(soon);

        var expired = await scheduler.WaitForAsync(id, "expired");
        expired.GetProperty("expired_at").GetInt64().ShouldBeGreaterThanOrEqualTo(soon);
    }

    [Fact]
    public async Task Of_two_clients_that_change_one_batch_at_once_one_is_refused()
    {
        var id = await CreateAsync(1);
        using var read = await scheduler.Client.GetAsync($"/v1/batches/{id}");
        var tag = read.Headers.ETag!.Tag;

        var answers = await Task.WhenAll(
            PatchAsync(id, """{"priority":1}""", tag), PatchAsync(id, """{"priority":2}""", tag));

        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([200, 412]);
        await Problem(answers.Single(a => (int)a.StatusCode == 412), 412, "revision_mismatch");
        using var now = await scheduler.Client.GetAsync($"/api/batches/{id}");
        now.Headers.ETag!.Tag.ShouldBe("\"1\"");
        (await Json(await PatchAsync(id, """{"priority":3}""", "*"))).GetProperty("x_sluice")
            .GetProperty("priority_number").GetInt32().ShouldBe(3);
        await Problem(await PatchAsync(id, """{"priority":4}""", "\"1\""), 412, "revision_mismatch");
        await Problem(await PatchAsync(id, """{"priority":4}""", "W/\"2\""), 412, "revision_mismatch");
        await Problem(await PatchAsync(id, """{"priority":4}""", "2"), 400, "invalid_if_match");
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_cancel_is_a_change_too()
    {
        var id = await CreateAsync(1);
        await Json(await PatchAsync(id, """{"priority":1}""", "\"0\""));

        using var late = await SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel", tag: "\"0\"");
        (await Refusal(late, 412)).GetProperty("code").GetString().ShouldBe("revision_mismatch");
        using var odd = await SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel", tag: "0");
        (await Refusal(odd, 400)).GetProperty("code").GetString().ShouldBe("invalid_if_match");
        (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("status").GetString().ShouldBe("in_progress");

        using var cancelled = await SendAsync(HttpMethod.Post, $"/v1/batches/{id}/cancel", tag: "\"1\"");
        cancelled.IsSuccessStatusCode.ShouldBeTrue();
        cancelled.Headers.ETag!.Tag.ShouldBe("\"2\"");
        await Problem(await PatchAsync(id, """{"priority":2}""", "\"1\""), 412, "revision_mismatch");
        await scheduler.WaitForAsync(id, "cancelled");
    }

    [Theory]
    [InlineData("", "invalid_json")]
    [InlineData("[]", "invalid_json")]
    [InlineData("""{"\ud800":1}""", "invalid_json")]
    [InlineData("{}", "nothing_to_change")]
    [InlineData("""{"prio":1}""", "unknown_member")]
    [InlineData("""{"priority":"urgent"}""", "unknown_priority")]
    [InlineData("""{"priority":null}""", "unknown_priority")]
    [InlineData("""{"priority":40}""", "unknown_priority")]
    [InlineData("""{"expires_at":"tomorrow"}""", "invalid_expires_at")]
    [InlineData("""{"expires_at":0}""", "invalid_expires_at")]
    [InlineData("""{"expires_at":-1}""", "invalid_expires_at")]
    [InlineData("""{"expires_at":1.5}""", "invalid_expires_at")]
    [InlineData("""{"expires_at":99999999999999}""", "invalid_expires_at")]
    public async Task A_bad_change_is_refused(string body, string code)
    {
        var id = await CreateAsync(1);

        await Problem(await PatchAsync(id, body), 400, code);

        (await scheduler.GetAsync($"/api/batches/{id}")).GetProperty("x_sluice").GetProperty("priority_number")
            .GetInt32().ShouldBe(25);
        await CancelAsync(id);
    }

    [Fact]
    public async Task A_batch_that_has_ended_is_not_changed_any_more()
    {
        var id = await CreateAsync(1);
        await CancelAsync(id);

        using var pause = await SendAsync(HttpMethod.Post, $"/api/batches/{id}/pause");
        (await Problem(pause, 409, "batch_not_changeable")).ShouldContain("cancelled");
        pause.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
        await Problem(await SendAsync(HttpMethod.Post, $"/api/batches/{id}/resume"), 409, "batch_not_changeable");
        await Problem(await PatchAsync(id, """{"priority":"low"}"""), 409, "batch_not_changeable");
    }

    [Fact]
    public async Task A_batch_of_another_tenant_does_not_exist()
    {
        var id = await CreateAsync(1);
        using var other = scheduler.ClientOf("other");

        await Problem(await other.PostAsync($"/api/batches/{id}/pause", null), 404, "batch_not_found");
        await Problem(await other.GetAsync($"/api/batches/{id}"), 404, "batch_not_found");
        await Problem(await SendAsync(HttpMethod.Post, "/api/batches/nonsense/pause"), 404, "batch_not_found");
        await CancelAsync(id);
    }

    private static Guid Key(string id) => Guid.Parse(id["batch_".Length..]);

    private static async Task<string> Problem(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("code").GetString().ShouldBe(code);
        return problem.GetProperty("detail").GetString()!;
    }

    private async Task<string> CreateAsync(int lines)
    {
        var id = (await scheduler.CreateBatchAsync(lines)).GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(id, "in_progress");
        return id;
    }

    private async Task CancelAsync(string id)
    {
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        await scheduler.WaitForAsync(id, "cancelled");
    }

    private static async Task<long> PausedAtAsync(HttpResponseMessage answer) =>
        (await Json(answer)).GetProperty("x_sluice").GetProperty("paused_at").GetInt64();

    private Task<long> WaitingAsync(string id) => scheduler.ScalarAsync<long>(
        """
        SELECT count(*) FROM scheduler.outbox o JOIN scheduler.batches b ON b.id = @id
        WHERE o.schedule_id = b.expiry_token OR o.deliver_at > now() + interval '20 hours'
        """,
        new { id = Key(id) });

    private Task<HttpResponseMessage> PatchAsync(string id, string json, string? tag = null) =>
        SendAsync(HttpMethod.Patch, $"/api/batches/{id}", json, tag);

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? json = null, string? tag = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", tag).ShouldBeTrue();
        }

        return await scheduler.Client.SendAsync(request);
    }
}
