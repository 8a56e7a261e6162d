using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.DeadLetters;

/// <summary>From a batch with failing lines to a follow-up batch that has them all, through the gateway.</summary>
public sealed class DeadLetterClientTests(SluiceFixture sluice)
{
    [Fact]
    public async Task Failing_lines_are_listed_fixed_and_replayed_once_even_when_replays_race()
    {
        var original = await RunAsync(
            BatchLedger.Line("good", "@sim hash"), BatchLedger.Line("broken", "@sim status=422 times=1000000"),
            BatchLedger.Line("down-1", $"@sim hash status=404 times=1 #{Guid.NewGuid()}"),
            BatchLedger.Line("down-2", $"@sim hash status=404 times=1 #{Guid.NewGuid()}"));
        var id = original["id"]!.GetValue<string>();
        original["request_counts"]!["failed"]!.GetValue<int>().ShouldBe(3, original.ToJsonString());

        var causes = (await GetAsync($"/causes?batch={id}"))["data"]!.AsArray();
        causes.Select(c => $"{c!["code"]} {c["count"]}").Order().ShouldBe(["http_404 2", "http_422 1"]);
        var broken = (await GetAsync($"?batch={id}&code=http_422"))["data"]!.AsArray().ShouldHaveSingleItem()!["id"]!;
        var read = await GetAsync($"/{broken}");
        read["payload"]!["text"]!.GetValue<string>().ShouldBe(
            BatchLedger.Line("broken", "@sim status=422 times=1000000"));

        var line = JsonNode.Parse(read["payload"]!["text"]!.GetValue<string>())!;
        line["body"]!["messages"]![0]!["content"] = "@sim hash fixed";
        var fix = await PostAsync($"/{broken}/replay", new JsonObject { ["body"] = line["body"]!.DeepClone() });
        var filter = new JsonObject { ["filter"] = new JsonObject { ["batch"] = id }, ["dry_run"] = true };
        var counted = await PostAsync("/replay", filter);
        counted["count"]!.GetValue<int>().ShouldBe(2);
        filter["dry_run"] = false;
        filter["token"] = counted["token"]!.DeepClone();
        var open = (await GetAsync($"?batch={id}"))["data"]!.AsArray()
            .Select(l => (JsonNode)l!["id"]!.GetValue<string>());
        var byIds = new JsonObject { ["ids"] = new JsonArray([.. open]) };
        var raced = await Task.WhenAll(
            PostAnyAsync(filter), PostAnyAsync(byIds), PostAnyAsync(filter), PostAnyAsync(byIds));

        var batches = raced.Append(fix).SelectMany(r => r["batches"]?.AsArray() ?? [])
            .Select(b => b!["id"]!.GetValue<string>()).Distinct(StringComparer.Ordinal).ToList();
        var results = new List<string>();
        foreach (var batch in batches)
        {
            var ended = await sluice.Api.WaitForBatchAsync(batch);
            ended["status"]!.GetValue<string>().ShouldBe("completed");
            ended["x_sluice"]!["replay_of"]!.GetValue<string>().ShouldBe(id);
            ended["error_file_id"].ShouldBeNull();
            results.AddRange((await sluice.Api.LinesAsync(ended["output_file_id"]))
                .Select(l => l["custom_id"]!.GetValue<string>()));
        }

        results.Order().ShouldBe(["broken", "down-1", "down-2"]);
        (await GetAsync($"?batch={id}"))["data"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_tenant_neither_sees_nor_replays_them()
    {
        var id = (await RunAsync(BatchLedger.Line("broken", "@sim status=422 times=1000000")))["id"]!;
        var letter = (await GetAsync($"?batch={id}"))["data"]!.AsArray().ShouldHaveSingleItem()!["id"]!;
        using var other = sluice.Cluster.Api(TestKeys.Other);

        (await other.GetAsync($"/api/dead-letters?batch={id}")).Ok()["data"]!.AsArray().ShouldBeEmpty();
        ((int)(await other.GetAsync($"/api/dead-letters/{letter}")).Status).ShouldBe(404);
        ((int)(await other.PostTextAsync($"/api/dead-letters/{letter}/replay", "")).Status).ShouldBe(404);
        ((int)(await other.SendAsync(HttpMethod.Delete, $"/api/dead-letters/{letter}")).Status).ShouldBe(404);
    }

    private async Task<JsonNode> RunAsync(params IEnumerable<string> lines)
    {
        var file = await sluice.Api.UploadAsync(string.Join('\n', lines));
        return await sluice.Api.WaitForBatchAsync(await sluice.Api.CreateBatchAsync(file));
    }

    private async Task<JsonNode> GetAsync(string path) => (await sluice.Api.GetAsync("/api/dead-letters" + path)).Ok();

    private async Task<JsonNode> PostAsync(string path, JsonNode body) =>
        (await sluice.Api.PostAsync("/api/dead-letters" + path, body)).Ok();

    /// <summary>Of those that race one may find that there is nothing left: that is a conflict.</summary>
    private async Task<JsonNode> PostAnyAsync(JsonNode body)
    {
        var answer = await sluice.Api.PostAsync("/api/dead-letters/replay", body);
        ((int)answer.Status).ShouldBeOneOf(200, 409);
        return answer.Json;
    }
}
