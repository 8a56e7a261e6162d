using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.BadInput;

public sealed class BatchesBadInputTests(SluiceFixture sluice)
{
    private const string UnknownBatch = "batch_00000000000000000000000000000000";

    public static TheoryData<string, string> WrongTypes
    {
        get
        {
            var rows = new TheoryData<string, string>();
            string[] texts = ["input_file_id", "endpoint", "completion_window"];
            foreach (var name in texts)
            {
                foreach (var wrong in new[] { "1.5", "true", "[]", "{}", "null" })
                {
                    rows.Add(name, wrong);
                }
            }

            foreach (var wrong in new[] { "\"text\"", "1.5", "true", "[]", "{\"a\":1}", "{\"a\":{}}" })
            {
                rows.Add("metadata", wrong);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public async Task A_field_of_the_wrong_type_is_named(string field, string value)
    {
        var body = Body(await sluice.Api.UploadAsync("{}\n"));
        body[field] = JsonNode.Parse(value);

        var answer = await sluice.Api.PostAsync("/v1/batches", body);

        answer.ShouldBeRefused(400, field)["param"]!.GetValue<string>().ShouldStartWith(field);
    }

    [Theory]
    [InlineData("input_file_id")]
    [InlineData("endpoint")]
    [InlineData("completion_window")]
    public async Task A_missing_field_is_named(string field)
    {
        var body = Body("file-1");
        body.Remove(field);

        (await sluice.Api.PostAsync("/v1/batches", body)).ShouldBeRefused(400, field);
    }

    [Theory]
    [InlineData("endpoint", "/v1/nowhere")]
    [InlineData("completion_window", "31d")]
    [InlineData("completion_window", "0h")]
    [InlineData("completion_window", "-1h")]
    [InlineData("completion_window", "soon")]
    public async Task A_value_that_is_not_supported_is_named(string field, string value)
    {
        var body = Body(await sluice.Api.UploadAsync("{}\n"));
        body[field] = value;

        (await sluice.Api.PostAsync("/v1/batches", body)).ShouldBeRefused(400, field);
    }

    [Fact]
    public async Task Metadata_has_at_most_16_keys()
    {
        var body = Body(await sluice.Api.UploadAsync("{}\n"));
        body["metadata"] = new JsonObject(
            Enumerable.Range(0, 17).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v")));

        (await sluice.Api.PostAsync("/v1/batches", body)).ShouldBeRefused(400, "metadata");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_body_that_is_no_json_object_is_refused(string body) =>
        (await sluice.Api.PostTextAsync("/v1/batches", body)).ShouldBeRefused(400);

    [Fact]
    public async Task A_body_of_50_megabytes_is_refused() =>
        (await sluice.Api.PostTextAsync("/v1/batches", new string(' ', 50 * 1024 * 1024))).ShouldBeRefused(413);

    [Fact]
    public async Task A_file_that_cannot_be_an_input_is_refused()
    {
        var deleted = await sluice.Api.UploadAsync("{}\n");
        (await sluice.Api.SendAsync(HttpMethod.Delete, $"/v1/files/{deleted}")).Ok();
        var otherPurpose = await sluice.Api.UploadAsync("{}\n", "user_data");

        (await sluice.Api.TryCreateBatchAsync("file-00000000000000000000000000000000"))
            .ShouldBeRefused(404, "input_file_id");
        (await sluice.Api.TryCreateBatchAsync("nonsense")).ShouldBeRefused(404, "input_file_id");
        (await sluice.Api.TryCreateBatchAsync(deleted)).ShouldBeRefused(404, "input_file_id");
        (await sluice.Api.TryCreateBatchAsync(otherPurpose)).ShouldBeRefused(400, "input_file_id");
    }

    [Theory]
    [InlineData(UnknownBatch)]
    [InlineData("nonsense")]
    public async Task An_unknown_id_is_named(string id)
    {
        (await sluice.Api.GetAsync($"/v1/batches/{id}")).ShouldBeRefused(404, id);
        (await sluice.Api.CancelAsync(id)).ShouldBeRefused(404, id);
        (await sluice.Api.GetAsync($"/v1/batches?after={id}")).ShouldBeRefused(404, id);
    }

    [Fact]
    public async Task A_batch_of_another_tenant_does_not_exist()
    {
        var id = await sluice.Api.CreateBatchAsync(
            await sluice.Api.UploadAsync(BatchLedger.Line("a", "@sim hash") + "\n"));
        using var other = sluice.Cluster.Api(TestKeys.Other);

        (await other.GetAsync($"/v1/batches/{id}")).ShouldBeRefused(404, id);
        (await other.CancelAsync(id)).ShouldBeRefused(404, id);
        (await other.GetAsync($"/v1/batches?after={id}")).ShouldBeRefused(404, id);
        var batch = await sluice.Api.WaitForBatchAsync(id);
        batch["status"]!.GetValue<string>().ShouldBe("completed");

        var output = batch["output_file_id"]!.GetValue<string>();
        (await other.GetAsync($"/v1/files/{output}/content")).ShouldBeRefused(404, output);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=many")]
    public async Task A_wrong_limit_is_named(string query) =>
        (await sluice.Api.GetAsync($"/v1/batches?{query}")).ShouldBeRefused(400, "limit");

    [Fact]
    public async Task A_batch_is_cancelled_twice_with_one_effect_and_not_after_its_end()
    {
        var ledger = new BatchLedger().Add(2_000, "first_ms=100");
        var id = await sluice.Api.CreateBatchAsync(await sluice.Api.UploadAsync(ledger.ToJsonl()));
        await sluice.Api.WaitForBatchAsync(id, b => b["request_counts"]!["completed"]!.GetValue<int>() > 0);

        var both = await Task.WhenAll(sluice.Api.CancelAsync(id), sluice.Api.CancelAsync(id));
        foreach (var answer in both)
        {
            answer.Ok()["status"]!.GetValue<string>().ShouldBeOneOf("cancelling", "cancelled");
        }

        var batch = await sluice.Api.WaitForBatchAsync(id);
        batch["status"]!.GetValue<string>().ShouldBe("cancelled");
        await ledger.CheckAsync(sluice.Api, batch);

        var late = await sluice.Api.CancelAsync(id);
        late.ShouldBeRefused(409, id);
        late.Headers["x-should-retry"].ShouldBe("false");
        (await sluice.Api.BatchAsync(id)).ToJsonString().ShouldBe(batch.ToJsonString());
    }

    private static JsonObject Body(string fileId) => new()
    {
        ["input_file_id"] = fileId,
        ["endpoint"] = SluiceApi.ChatUrl,
        ["completion_window"] = "24h",
    };
}
