using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>A caller chooses what its stream survives, through the gateway.</summary>
public sealed class DurabilityHeaderTests(SluiceFixture sluice)
{
    [Theory]
    [InlineData("before-delivery", 200)]
    [InlineData("none", 404)]
    public async Task What_was_streamed_can_be_read_again_unless_the_caller_did_without(string level, int status)
    {
        var api = sluice.Api;
        using var content = new StringContent(
            new JsonObject
            {
                ["model"] = "sluice-sim",
                ["stream"] = true,
                ["messages"] = SluiceApi.Message("@sim count tokens=20"),
            }.ToJsonString(),
            Encoding.UTF8,
            "application/json");
        content.Headers.Add("Sluice-Durability", level);

        var streamed = (await api.SendAsync(HttpMethod.Post, SluiceApi.ChatUrl, content)).Text;
        var first = streamed.Split('\n').First(line => line.StartsWith("data: ", StringComparison.Ordinal));
        var id = JsonNode.Parse(first["data: ".Length..])!["id"]!.GetValue<string>();
        var again = await api.GetAsync($"{SluiceApi.ChatUrl}/{id}");

        streamed.ShouldEndWith("data: [DONE]\n\n");
        again.Status.ShouldBe((HttpStatusCode)status);
    }
}
