using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Npgsql;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class RetriedCreationTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    [Fact]
    public async Task A_repeated_post_returns_the_first_batch_and_a_new_one_makes_another()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));

        var first = await PostAsync(file, count: 0, at: 0);
        var retry = await PostAsync(file, count: 1, at: 1);
        var again = await PostAsync(file, count: 2, at: 2);
        var other = await PostAsync(file, count: 0, at: 3);

        Id(retry).ShouldBe(Id(first));
        Id(again).ShouldBe(Id(first));
        Id(other).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task A_slow_first_post_returns_what_its_retry_made()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));

        var retry = await PostAsync(file, count: 1, at: 1);
        var slow = await PostAsync(file, count: 0, at: 0);

        Id(slow).ShouldBe(Id(retry));
    }

    [Fact]
    public async Task A_retry_with_another_body_or_of_another_tenant_makes_a_batch()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var twin = await scheduler.UploadAsync(BatchLines.Good(1));

        var first = await PostAsync(file, count: 0, at: 0);
        var other = await PostAsync(twin, count: 1, at: 1);

        Id(other).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task A_retry_after_the_window_makes_a_batch()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var first = await PostAsync(file, count: 0, at: 0);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.creations SET created_at = created_at - interval '10 minutes 1 second'");

        Id(await PostAsync(file, count: 1, at: 700)).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task First_post_and_retries_at_the_same_time_make_one_batch()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));

        var batches = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => PostAsync(file, count: i, at: i)));

        batches.Select(Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_retry_still_finds_its_batch_when_the_file_is_gone()
    {
        var file = await scheduler.UploadAsync("not a request");
        var first = await PostAsync(file, count: 0, at: 0);
        await scheduler.WaitForAsync(Id(first), "failed");
        await Json(await scheduler.Client.DeleteAsync($"/v1/files/{file}"));

        Id(await PostAsync(file, count: 1, at: 1)).ShouldBe(Id(first));
    }

    [Fact]
    public async Task The_same_key_and_body_get_the_same_answer()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();

        var first = await PostAsync(file, count: 0, at: 0, key);
        await scheduler.WaitForAsync(Id(first), "in_progress");
        var again = await PostAsync(file, count: 0, at: 1, key);
        var other = await PostAsync(file, count: 1, at: 2, Guid.NewGuid().ToString());

        again.GetRawText().ShouldBe(first.GetRawText());
        Id(other).ShouldNotBe(Id(first));
    }

    [Theory]
    [InlineData("/v1/batches", HttpStatusCode.OK)]
    [InlineData("/api/jobs", HttpStatusCode.Accepted)]
    public async Task Posts_with_one_key_at_the_same_time_all_get_what_the_first_of_them_made(
        string path, HttpStatusCode status)
    {
        const int Posts = 10;
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var (key, lockName) = (Guid.NewGuid().ToString(), $"{Tenant.Length}:{Tenant}");
        var body = path == "/api/jobs"
            ? """{"type":"echo","data":"at once"}"""
            : $$"""{"input_file_id":"{{file}}","endpoint":"/v1/chat/completions","completion_window":"24h"}""";
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await using var first = await HoldAsync(connection, lockName + key);

        var posts = Enumerable.Range(0, Posts)
            .Select(_ => scheduler.PostJsonAsync(path, body, h => h.Add("Idempotency-Key", key))).ToList();
        await Eventually.Until("they wait for the first", async () => await WaitersAsync(first) == Posts);
        await first.RollbackAsync();
        var answers = await Task.WhenAll(posts);

        answers.ShouldAllBe(answer => answer.StatusCode == status);
        (await Task.WhenAll(answers.Select(Json))).Select(Id).Distinct().ShouldHaveSingleItem();
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.creations WHERE idempotency_key = @key", new { key })).ShouldBe(1);
    }

    [Fact]
    public async Task Posts_beyond_those_that_may_wait_for_a_key_are_refused_at_once()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();
        await using var narrow = await scheduler.StartSchedulerAsync("--Batches:MaxKeyWaits=1");
        using var client = ClientOf(narrow, Tenant);
        client.DefaultRequestHeaders.Add("Idempotency-Key", key);
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await using var first = await HoldAsync(connection, $"{Tenant.Length}:{Tenant}{key}");

        var waiting = PostAsync();
        await Eventually.Until("one waits", async () => await WaitersAsync(first) == 1);
        using var refused = await PostAsync();
        await first.RollbackAsync();

        (await Refusal(refused, 409)).GetProperty("code").GetString().ShouldBe("idempotency_key_in_use");
        using var made = await waiting;
        using var again = await PostAsync();
        Id(await Json(again)).ShouldBe(Id(await Json(made)));

        Task<HttpResponseMessage> PostAsync() => client.PostAsJsonAsync(
            "/v1/batches",
            new { input_file_id = file, endpoint = "/v1/chat/completions", completion_window = "24h" });
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused()
    {
        var (file, twin) = (await scheduler.UploadAsync(BatchLines.Good(1)), await scheduler.UploadAsync("x"));
        var key = Guid.NewGuid().ToString();
        await PostAsync(file, count: 0, at: 0, key);

        var error = await Refusal(await scheduler.PostBatchAsync(twin, h => h.Add("Idempotency-Key", key)), 422);

        error.GetProperty("code").GetString().ShouldBe("idempotency_key_reused");
    }

    [Fact]
    public async Task A_key_whose_request_still_runs_when_the_wait_is_over_is_refused_for_now()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();
        await using var hurried = await scheduler.StartSchedulerAsync("--Postgres:LockTimeout=00:00:00.200");
        using var client = ClientOf(hurried, Tenant);
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await using var transaction = await HoldAsync(connection, $"{Tenant.Length}:{Tenant}{key}");

        client.DefaultRequestHeaders.Add("Idempotency-Key", key);
        using var answer = await client.PostAsJsonAsync(
            "/v1/batches",
            new { input_file_id = file, endpoint = "/v1/chat/completions", completion_window = "24h" });

        (await Refusal(answer, 409)).GetProperty("code").GetString().ShouldBe("idempotency_key_in_use");
        answer.Headers.RetryAfter.ShouldNotBeNull();
        answer.Headers.Contains("x-should-retry").ShouldBeFalse();
        await transaction.RollbackAsync();
        await PostAsync(file, count: 0, at: 1, key);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_a_day()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();
        var first = await PostAsync(file, count: 0, at: 0, key);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.creations SET created_at = created_at - interval '25 hours' WHERE idempotency_key = @key",
            new { key });

        Id(await PostAsync(file, count: 0, at: 1, key)).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task A_key_of_a_refused_request_may_be_used_again()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();
        await Refusal(await scheduler.PostBatchAsync("file-nothing", h => h.Add("Idempotency-Key", key)), 404);

        await PostAsync(file, count: 0, at: 0, key);
    }

    private static string Id(JsonElement batch) => batch.GetProperty("id").GetString()!;

    /// <summary>As a request under way would.</summary>
    private static async Task<NpgsqlTransaction> HoldAsync(NpgsqlConnection connection, string lockName)
    {
        var transaction = await connection.BeginTransactionAsync();
        await connection.ExecuteAsync(
            "SELECT pg_advisory_xact_lock(hashtextextended(@lockName, 30001))", new { lockName }, transaction);
        return transaction;
    }

    /// <summary>How many wait for an advisory lock in this database.</summary>
    private static Task<int> WaitersAsync(NpgsqlTransaction transaction) =>
        transaction.Connection!.ExecuteScalarAsync<int>(
            """
            SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
            """,
            transaction: transaction);

    private async Task<JsonElement> PostAsync(string file, int count, int at, string? key = null) =>
        await Json(await scheduler.PostBatchAsync(file, headers =>
        {
            headers.Add("X-Stainless-Retry-Count", $"{count}");
            headers.Add(InternalHeaders.ReceivedAt, $"{Start.AddSeconds(at).ToUnixTimeMilliseconds()}");
            if (key is not null)
            {
                headers.Add("Idempotency-Key", key);
            }
        }));
}
