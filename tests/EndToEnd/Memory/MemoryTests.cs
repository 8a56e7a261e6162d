using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Memory;

[Collection(nameof(Alone))]
public sealed class MemoryTests
{
    private const int Most = 1_000_000;
    private const long AllowedGrowth = 100L << 20;

    /// <summary>With the most lines: validation keeps 27 to 54 bytes of each, to know their ids again.</summary>
    private const long AllowedPeak = 400L << 20;

    // What the options allow at most, and what an upload of that needs with its multipart frame.
    private static readonly Dictionary<string, string> s_largest = new(StringComparer.Ordinal)
    {
        ["Validation__MaxLines"] = "1000000",
        ["Files__MaxBytes"] = "2147483648",
        ["Limits__MaxUploadBytes"] = "2150000000",
        ["Http__MaxRequestBodyBytes"] = "2150000000",
    };

    /// <summary>Lines of a file, and the bytes of each; in a soak also the most that the options allow.</summary>
    public static TheoryData<int, int> Files { get; } = FaultSettings.Soak
        ? new() { { 48_000, 4_150 }, { 200_000, 230 }, { Most, 2_147 } }
        : new() { { 48_000, 4_150 }, { 200_000, 230 } };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_of_many_bytes_or_lines_costs_no_process_100_megabytes(int lines, int lineBytes)
    {
        await using var cluster = await TestCluster.StartSharedAsync(options => options with
        {
            Environment = (_, _) => s_largest,
        });
        using var api = cluster.Api();
        await RunAsync(api, new BatchLedger().Add(2_000));
        var watched = cluster.Processes.Services.Select(ProcessMemory.Watch).ToList();

        using var content = new JsonlContent(lines, lineBytes);
        var file = (await api.TryUploadAsync(content)).Ok();
        file["bytes"]!.GetValue<long>().ShouldBe((long)lines * lineBytes);
        var id = await api.CreateBatchAsync(file["id"]!.GetValue<string>());
        var batch = await api.WaitForBatchAsync(id, patience: TimeSpan.FromMinutes(FaultSettings.Soak ? 30 : 3));
        var downloaded = await CountLinesAsync(api, batch["output_file_id"]!.GetValue<string>());

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(lines, batch.ToJsonString());
        downloaded.ShouldBe(lines);
        var seen = string.Join(
            ", ", watched.Select(m => $"{m.Name} +{m.Growth >> 20} MiB, at most {m.Peak >> 20} MiB"));
        TestContext.Current.TestOutputHelper?.WriteLine(seen);
        watched.Where(m => lines == Most ? m.Peak >= AllowedPeak : m.Growth >= AllowedGrowth).ShouldBeEmpty(seen);
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
