using System.Text.Json;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
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
    public async Task A_key_whose_request_still_runs_is_refused_for_now()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1));
        var key = Guid.NewGuid().ToString();
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText =
                $"SELECT pg_advisory_xact_lock(hashtextextended('{Tenant.Length}:{Tenant}{key}', 30001))";
            await command.ExecuteNonQueryAsync();
        }

        using var answer = await scheduler.PostBatchAsync(file, h => h.Add("Idempotency-Key", key));

        await Refusal(answer, 409);
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
