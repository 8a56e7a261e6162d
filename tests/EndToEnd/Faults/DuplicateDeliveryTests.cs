using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>RabbitMQ promises at least once, and no order; here it is twice, always, and shuffled.</summary>
[Collection(nameof(Broken))]
public sealed class DuplicateDeliveryTests(FaultCluster cluster)
{
    [Fact]
    public async Task Every_message_delivered_twice_and_out_of_order_has_one_effect()
    {
        var random = FaultSettings.Seeded("messages twice");
        var queues = MessageDuplicator.WorkQueues(await QueuesAsync()).ToList();
        queues.ShouldContain("batch-shards-normal");
        queues.ShouldContain("batch-saga");
        await using var duplicator = await MessageDuplicator.StartAsync(
            cluster.Processes.Servers.RabbitMqUri, queues, random);

        for (var round = 0; round < FaultSettings.Rounds(few: 2, soak: 20); round++)
        {
            var before = duplicator.Copies;
            var run = new FaultRun(cluster);
            await run.SubmitAsync(1_000, "first_ms=5");

            // A doubled shard message finds the shard taken; it never runs a line.
            await run.CheckAsync(mayRepeat: 0);

            FaultSettings.Say($"round {round}: {duplicator.Copies - before} messages came twice");
            (duplicator.Copies - before).ShouldBeGreaterThan(10, "nothing was delivered twice");
        }
    }

    [Fact]
    public async Task A_cancel_delivered_twice_has_one_effect()
    {
        await using var duplicator = await MessageDuplicator.StartAsync(
            cluster.Processes.Servers.RabbitMqUri, MessageDuplicator.WorkQueues(await QueuesAsync()),
            FaultSettings.Seeded("a cancel twice"));
        var ledger = new BatchLedger().Add(2_000, "first_ms=50");
        var id = await cluster.Api.CreateBatchAsync(
            await cluster.Api.UploadAsync(ledger.ToJsonl(UpstreamSimulator.Model)));
        await cluster.Api.WaitForBatchAsync(id, b => b["request_counts"]!["completed"]!.GetValue<int>() > 0);

        (await cluster.Api.CancelAsync(id)).Ok();
        var batch = await cluster.Api.WaitForBatchAsync(id);

        batch["status"]!.GetValue<string>().ShouldBe("cancelled");
        await ledger.CheckAsync(cluster.Api, batch);
    }

    private async Task<JsonNode> QueuesAsync()
    {
        var management = cluster.Processes.Servers.RabbitMqManagementUri;
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        var address = new UriBuilder(management) { UserName = "", Password = "", Path = "/api/queues" }.Uri;
        return JsonNode.Parse(await http.GetStringAsync(address))!;
    }
}
