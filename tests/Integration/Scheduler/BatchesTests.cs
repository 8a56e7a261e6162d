using System.Text.Json;
using Shouldly;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>The batches API without any worker: batches are validated and then wait.</summary>
public sealed class BatchesTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    private const string Members =
        "id,object,endpoint,errors,input_file_id,completion_window,status,output_file_id,error_file_id,created_at,"
        + "in_progress_at,expires_at,finalizing_at,completed_at,failed_at,expired_at,cancelling_at,cancelled_at,"
        + "request_counts,usage,metadata,x_sluice";

    [Fact]
    public async Task A_new_batch_has_every_member_and_becomes_in_progress()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(250));
        var batch = await Json(await scheduler.PostJsonAsync(
            "/v1/batches",
            $$$"""
            {"input_file_id":"{{{file}}}","endpoint":"/v1/chat/completions","completion_window":"24h",
             "metadata":{"who":"me","zero":"\u0000"},"surprise":[]}
            """));

        batch.EnumerateObject().Select(m => m.Name).ShouldBe(Members.Split(','));
        batch.GetProperty("object").GetString().ShouldBe("batch");
        batch.GetProperty("status").GetString().ShouldBe("validating");
        batch.GetProperty("input_file_id").GetString().ShouldBe(file);
        batch.GetProperty("metadata").GetProperty("zero").GetString().ShouldBe("\0");
        batch.GetProperty("output_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
        batch.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":0,"completed":0,"failed":0}""");
        var id = batch.GetProperty("id").GetString()!;
        id.ShouldStartWith("batch_");

        var running = await scheduler.WaitForAsync(id, "in_progress");

        running.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":250,"completed":0,"failed":0}""");
        running.GetProperty("in_progress_at").GetInt64()
            .ShouldBeGreaterThanOrEqualTo(batch.GetProperty("created_at").GetInt64());
        running.GetProperty("x_sluice").GetProperty("shards").GetRawText().ShouldBe("""{"total":3,"open":3}""");
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("{\"input_file_id\":", null)]
    [InlineData("[]", null)]
    [InlineData("{}", "input_file_id")]
    [InlineData("""{"input_file_id":1,"endpoint":"/v1/chat/completions","completion_window":"24h"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/nothing","completion_window":"24h"}""", "endpoint")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"2s"}""", "completion_window")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":[]}""", "metadata")]
    [InlineData("""{"input_file_id":"f","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":{"\ud800":"x"}}""", null)]
    public async Task A_bad_body_is_refused(string body, string? param)
    {
        var error = await Refusal(await scheduler.PostJsonAsync("/v1/batches", body), 400);

        error.GetProperty("param").GetString().ShouldBe(param);
        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
    }

    [Fact]
    public async Task A_body_past_the_limit_is_refused() =>
        await Refusal(await scheduler.PostJsonAsync("/v1/batches", new string(' ', 70_000)), 413);

    [Theory]
    [InlineData("file-00000000000000000000000000000000")]
    [InlineData("nonsense")]
    [InlineData("")]
    public async Task An_unknown_file_is_not_found(string file)
    {
        var error = await Refusal(await scheduler.PostBatchAsync(file), 404);

        error.GetProperty("param").GetString().ShouldBe("input_file_id");
    }

    [Fact]
    public async Task A_deleted_or_foreign_or_expired_file_is_not_found()
    {
        var deleted = await scheduler.UploadAsync(BatchLines.Good(1));
        await Json(await scheduler.Client.DeleteAsync($"/v1/files/{deleted}"));
        var foreign = await scheduler.UploadAsync(BatchLines.Good(1));
        await MoveAsync(foreign, "tenant = 'somebody else'");
        var expired = await scheduler.UploadAsync(BatchLines.Good(1));
        await MoveAsync(expired, "expires_at = now() - interval '1 second'");

        await Refusal(await scheduler.PostBatchAsync(deleted), 404);
        await Refusal(await scheduler.PostBatchAsync(foreign), 404);
        await Refusal(await scheduler.PostBatchAsync(expired), 404);
    }

    [Fact]
    public async Task A_file_of_another_purpose_is_refused()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(1), "user_data");

        var error = await Refusal(await scheduler.PostBatchAsync(file), 400);

        error.GetProperty("param").GetString().ShouldBe("input_file_id");
        error.GetProperty("message").GetString()!.ShouldContain("user_data");
    }

    [Fact]
    public async Task An_input_file_in_use_cannot_be_deleted()
    {
        var batch = await scheduler.CreateBatchAsync(1);
        var file = batch.GetProperty("input_file_id").GetString();

        using var answer = await scheduler.Client.DeleteAsync($"/v1/files/{file}");

        var error = await Refusal(answer, 409);
        error.GetProperty("code").GetString().ShouldBe("file_in_use");
        answer.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
    }

    [Fact]
    public async Task A_list_is_paged_newest_first()
    {
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add((await scheduler.CreateBatchAsync(1)).GetProperty("id").GetString()!);
        }

        ids.Reverse();
        var first = await scheduler.GetAsync("/v1/batches?limit=3");
        var next = await scheduler.GetAsync($"/v1/batches?limit=1&after={ids[2]}");

        Ids(first).ShouldBe(ids[..3]);
        first.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        first.GetProperty("last_id").GetString().ShouldBe(ids[2]);
        Ids(next).ShouldBe([ids[3]]);
    }

    [Theory]
    [InlineData("limit=0", 400)]
    [InlineData("limit=101", 400)]
    [InlineData("limit=x", 400)]
    [InlineData("limit=1&limit=2", 400)]
    [InlineData("after=a&after=b", 400)]
    [InlineData("order=up", 400)]
    [InlineData("after=batch_00000000000000000000000000000000", 404)]
    [InlineData("after=x", 404)]
    public async Task A_bad_list_request_is_refused(string query, int status) =>
        await Refusal(await scheduler.Client.GetAsync($"/v1/batches?{query}"), status);

    [Fact]
    public async Task A_foreign_tenant_finds_nothing()
    {
        var id = (await scheduler.CreateBatchAsync(1)).GetProperty("id").GetString()!;
        using var stranger = scheduler.ClientOf("stranger");

        await Refusal(await stranger.GetAsync($"/v1/batches/{id}"), 404);
        await Refusal(await stranger.PostAsync($"/v1/batches/{id}/cancel", null), 404);
        await Refusal(await stranger.GetAsync($"/v1/batches?after={id}"), 404);
        Ids(await Json(await stranger.GetAsync("/v1/batches"))).ShouldBeEmpty();
        (await scheduler.WaitForAsync(id, "in_progress")).GetProperty("cancelling_at").ValueKind
            .ShouldBe(JsonValueKind.Null);
    }

    [Theory]
    [InlineData("batch_00000000000000000000000000000000")]
    [InlineData("nonsense")]
    public async Task An_unknown_batch_is_not_found(string id)
    {
        await Refusal(await scheduler.Client.GetAsync($"/v1/batches/{id}"), 404);
        await Refusal(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null), 404);
    }

    [Fact]
    public async Task An_unknown_route_and_a_wrong_method_are_refused()
    {
        await Refusal(await scheduler.Client.GetAsync("/v1/nothing"), 404);
        using var answer = await scheduler.Client.DeleteAsync("/v1/batches");
        await Refusal(answer, 405);
        answer.Content.Headers.Allow.ShouldBe(["GET", "POST"], ignoreOrder: true);
    }

    private Task<int> MoveAsync(string file, string change) => scheduler.ExecuteAsync(
        $"UPDATE scheduler.files SET {change} WHERE id = @id", new { id = Guid.Parse(file[5..]) });

    private static List<string> Ids(JsonElement list) =>
        [.. list.GetProperty("data").EnumerateArray().Select(f => f.GetProperty("id").GetString()!)];
}
