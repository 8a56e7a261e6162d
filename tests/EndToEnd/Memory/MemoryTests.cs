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
    private const long Allowed = 100L << 20;

    /// <param name="lines">More than the default bound allows need the option.</param>
    /// <param name="lineBytes">Of each line.</param>
    [Theory]
    [InlineData(48_000, 4_150)]
    [InlineData(200_000, 230)]
    public async Task A_file_of_many_bytes_or_lines_costs_no_process_100_megabytes(int lines, int lineBytes)
    {
        await using var cluster = await TestCluster.StartSharedAsync(options => options with
        {
            Environment = (_, _) => new Dictionary<string, string> { ["Validation__MaxLines"] = "1000000" },
        });
        using var api = cluster.Api();
        await RunAsync(api, new BatchLedger().Add(2_000));
        var watched = cluster.Processes.Services.Select(ProcessMemory.Watch).ToList();

        using var content = new JsonlContent(lines, lineBytes);
        var file = (await api.TryUploadAsync(content)).Ok();
        file["bytes"]!.GetValue<long>().ShouldBe((long)lines * lineBytes);
        var id = await api.CreateBatchAsync(file["id"]!.GetValue<string>());
        var batch = await api.WaitForBatchAsync(id, patience: TimeSpan.FromMinutes(3));
        var downloaded = await CountLinesAsync(api, batch["output_file_id"]!.GetValue<string>());

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(lines, batch.ToJsonString());
        downloaded.ShouldBe(lines);
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
