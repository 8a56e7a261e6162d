using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Xunit;

namespace Sluice.Tests.EndToEnd.Chat;

/// <summary>A process that is asked to stop finishes the streams that it has.</summary>
public sealed class TerminationTests(SingleCluster shared) : IClassFixture<SingleCluster>
{
    private const int Tokens = 60;

    [Theory]
    [InlineData(ServiceKind.Streaming)]
    [InlineData(ServiceKind.Gateway)]
    public async Task A_stream_ends_whole_although_its_process_was_asked_to_stop(ServiceKind kind)
    {
        var asked = shared.Cluster.Processes[kind, 1];
        var pid = asked.Process.Pid.ShouldNotBeNull();
        using var api = shared.Cluster.Api();
        using var response = await api.StartAsync(HttpMethod.Post, SluiceApi.ChatUrl, Request());
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        var data = new List<string> { await NextAsync(reader) };
        asked.Process.Send(Signal.Terminate).ShouldBeTrue();
        while (data[^1] != "[DONE]")
        {
            data.Add(await NextAsync(reader));
        }

        var text = string.Concat(data.SkipLast(1).Select(Content));
        text.ShouldBe(string.Join(' ', Enumerable.Range(0, Tokens)));
        await Eventually.Until(
            "another process has taken its place", () => asked.Process.Pid is { } now && now != pid);
        await shared.Cluster.Processes.WaitUntilReadyAsync();
    }

    private static StringContent Request() => new(
        new JsonObject
        {
            ["model"] = "sluice-sim",
            ["stream"] = true,
            ["messages"] = SluiceApi.Message($"@sim count tokens={Tokens} delay_ms=20"),
        }.ToJsonString(),
        Encoding.UTF8,
        "application/json");

    private static async Task<string> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return line["data: ".Length..];
            }
        }

        throw new EndOfStreamException("The stream ended without [DONE].");
    }

    private static string Content(string data) =>
        JsonNode.Parse(data)!["choices"]![0]!["delta"]!["content"]?.GetValue<string>() ?? "";
}
