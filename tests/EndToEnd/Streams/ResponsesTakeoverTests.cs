using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Faults;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>A background response of the Responses API outlives the process that generates it.</summary>
[Collection(nameof(StreamFaults))]
public sealed class ResponsesTakeoverTests(StreamCluster cluster)
{
    private const int Tokens = 300;

    public static TheoryData<string> Models => TakeoverTests.Models;

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Its_events_are_those_of_one_response_and_nobody_need_have_read_them(string model)
    {
        var random = FaultSettings.Seeded("response taken over with " + model);
        for (var round = 0; round < FaultSettings.Rounds(few: 1, soak: 50); round++)
        {
            var id = await CreateAsync(cluster.Api(round), model);
            var first = random.Next(20, 120);
            await Eventually.Until("some of it is stored", async () => await cluster.EventsAsync(id) >= first);

            (await (await cluster.OwnerAsync(id)).Process.KillAsync()).ShouldNotBeNull();
            await Eventually.Until("it has ended", () => cluster.HasEndedAsync(id));

            var events = await EventsAsync(cluster.Api(round + 1), id);
            events.Select(one => one["sequence_number"]!.GetValue<int>()).ShouldBe(Enumerable.Range(0, events.Count));
            var text = string.Join(' ', Enumerable.Range(0, Tokens));
            string.Concat(events.Select(one => one["delta"]?.GetValue<string>())).ShouldBe(text);
            var response = events[^1]["response"]!;
            response["status"]!.GetValue<string>().ShouldBe("completed");
            response["output"]![0]!["content"]![0]!["text"]!.GetValue<string>().ShouldBe(text);
            response["usage"]!["output_tokens"]!.GetValue<int>().ShouldBe(Tokens);
            await cluster.Processes.WaitUntilReadyAsync();
        }
    }

    private static async Task<string> CreateAsync(SluiceApi api, string model)
    {
        var answer = await api.PostAsync("/v1/responses", new JsonObject
        {
            ["model"] = model,
            ["background"] = true,
            ["input"] = $"@sim count tokens={Tokens} delay_ms=10",
        });
        return answer.Ok()["id"]!.GetValue<string>();
    }

    private static async Task<List<JsonNode>> EventsAsync(SluiceApi api, string id)
    {
        var text = (await api.GetAsync($"/v1/responses/{id}?stream=true")).Text;
        return [.. text.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonNode.Parse(Encoding.UTF8.GetBytes(line[6..]))!)];
    }
}
