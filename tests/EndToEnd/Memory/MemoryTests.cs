using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Memory;

[Collection(nameof(Alone))]
public sealed class MemoryTests
{
    private const int Lines = 48_000;
    private const int LineBytes = 4_150;
    private const long Allowed = 100L << 20;

    [Fact]
    public async Task A_file_of_200_megabytes_costs_no_process_100_megabytes()
    {
        await using var cluster = await TestCluster.StartSharedAsync();
        using var api = cluster.Api();
        await RunAsync(api, new BatchLedger().Add(2_000));
        var watched = cluster.Processes.Services.Select(ProcessMemory.Watch).ToList();

        using var content = new JsonlContent(Lines, LineBytes);
        var file = (await api.TryUploadAsync(content)).Ok();
        file["bytes"]!.GetValue<long>().ShouldBe((long)Lines * LineBytes);
        var id = await api.CreateBatchAsync(file["id"]!.GetValue<string>());
        var batch = await api.WaitForBatchAsync(id, patience: TimeSpan.FromMinutes(3));
        var downloaded = await CountLinesAsync(api, batch["output_file_id"]!.GetValue<string>());

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(Lines, batch.ToJsonString());
        downloaded.ShouldBe(Lines);
        var growth = watched.Select(m => $"{m.Name} +{m.Growth >> 20} MiB").ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(", ", growth));
        watched.Where(m => m.Growth >= Allowed).ShouldBeEmpty(string.Join(", ", growth));
    }

    private static async Task RunAsync(SluiceApi api, BatchLedger ledger)
    {
        var id = await api.CreateBatchAsync(await api.UploadAsync(ledger.ToJsonl()));
        JsonNode batch = await api.WaitForBatchAsync(id);
        await ledger.CheckAsync(api, batch);
    }

    private static async Task<int> CountLinesAsync(SluiceApi api, string fileId)
    {
        using var response = await api.StartAsync(HttpMethod.Get, $"/v1/files/{fileId}/content");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var lines = 0;
        while (await reader.ReadLineAsync() is not null)
        {
            lines++;
        }

        return lines;
    }
}
