using System.ClientModel;
using System.Text;
using System.Text.Json.Nodes;
using OpenAI.Batch;
using OpenAI.Files;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Chat;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Batches;

public sealed class BatchClientTests(SluiceFixture sluice)
{
    [Fact]
    public async Task A_batch_of_a_thousand_lines_is_answered_line_by_line()
    {
        var ledger = new BatchLedger().Add(990).AddBad(10);
        var client = OpenAiClients.Client(sluice);
        OpenAIFile input = await client.GetOpenAIFileClient().UploadFileAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(ledger.ToJsonl())), "input.jsonl", FileUploadPurpose.Batch);

        var operation = await client.GetBatchClient().CreateBatchAsync(
            BinaryContent.Create(BinaryData.FromObjectAsJson(new
            {
                input_file_id = input.Id,
                endpoint = "/v1/chat/completions",
                completion_window = "24h",
            })),
            waitUntilCompleted: false);
        var batch = await EndOf(operation);

        batch["status"]!.GetValue<string>().ShouldBe("completed", batch.ToJsonString());
        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(990);
        batch["request_counts"]!["failed"]!.GetValue<int>().ShouldBe(10);
        await ledger.CheckAsync(sluice.Api, batch);
    }

    [Fact]
    public async Task A_batch_through_another_provider_is_answered_too()
    {
        var ledger = new BatchLedger().Add(100).AddBad(2, status: 422);
        var id = await sluice.Api.CreateBatchAsync(
            await sluice.Api.UploadAsync(ledger.ToJsonl(UpstreamSimulator.Model)));

        var batch = await sluice.Api.WaitForBatchAsync(id);

        batch["status"]!.GetValue<string>().ShouldBe("completed");
        await ledger.CheckAsync(sluice.Api, batch);
    }

    [Fact]
    public async Task Files_without_lines_are_null()
    {
        var good = await RunAsync(new BatchLedger().Add(3));
        var bad = await RunAsync(new BatchLedger().AddBad(3));

        good["error_file_id"].ShouldBeNull();
        good["output_file_id"].ShouldNotBeNull();
        bad["output_file_id"].ShouldBeNull();
        bad["error_file_id"].ShouldNotBeNull();
        bad["status"]!.GetValue<string>().ShouldBe("completed");
    }

    [Fact]
    public async Task A_line_that_fails_for_a_while_is_tried_again()
    {
        var message = $"@sim hash status=503 times=2 #{Guid.NewGuid()}";
        var id = await sluice.Api.CreateBatchAsync(
            await sluice.Api.UploadAsync(BatchLedger.Line("a", message) + "\n"));

        var batch = await sluice.Api.WaitForBatchAsync(id);

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(1, batch.ToJsonString());
    }

    [Fact]
    public async Task Counts_follow_the_work_while_it_runs()
    {
        var ledger = new BatchLedger().Add(3_000, "first_ms=30");
        var id = await sluice.Api.CreateBatchAsync(await sluice.Api.UploadAsync(ledger.ToJsonl()));
        var seen = new SortedSet<int>();

        var batch = await sluice.Api.WaitForBatchAsync(id, b =>
        {
            seen.Add(b["request_counts"]!["completed"]!.GetValue<int>());
            return Api.SluiceApi.HasEnded(b);
        });

        seen.Count(n => n > 0 && n < ledger.Count).ShouldBeGreaterThan(0, string.Join(' ', seen));
        await ledger.CheckAsync(sluice.Api, batch);
    }

    private async Task<JsonNode> RunAsync(BatchLedger ledger)
    {
        var id = await sluice.Api.CreateBatchAsync(await sluice.Api.UploadAsync(ledger.ToJsonl()));
        var batch = await sluice.Api.WaitForBatchAsync(id);
        await ledger.CheckAsync(sluice.Api, batch);
        return batch;
    }

    private static Task<JsonNode> EndOf(CreateBatchOperation operation) => Eventually.Value(
        "the batch ended",
        async () =>
        {
            var answer = await operation.GetBatchAsync(new System.ClientModel.Primitives.RequestOptions());
            var batch = JsonNode.Parse(answer.GetRawResponse().Content)!;
            return Api.SluiceApi.HasEnded(batch) ? batch : null;
        },
        TimeSpan.FromMinutes(1));
}
