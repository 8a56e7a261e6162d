using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Telemetry;

/// <summary>One trace joins what a request causes, in whatever process, queue or table it waits in between.</summary>
public sealed class TraceTests(TracedCluster traced) : IClassFixture<TracedCluster>
{
    private readonly ActivityTraceId _traceId = ActivityTraceId.CreateRandom();

    [Fact]
    public async Task A_batch_is_one_trace_from_the_POST_to_the_provider()
    {
        using var api = traced.Cluster.Api();
        var file = await api.UploadAsync(BatchLedger.Line("a", "hi", RecordingUpstream.Model) + "\n");

        var id = JsonNode.Parse(await PostTracedAsync("/v1/batches", new JsonObject
        {
            ["input_file_id"] = file,
            ["endpoint"] = SluiceApi.ChatUrl,
            ["completion_window"] = "24h",
        }))!["id"]!.GetValue<string>();
        var batch = await api.WaitForBatchAsync(id);

        batch["request_counts"]!["completed"]!.GetValue<int>().ShouldBe(1, batch.ToJsonString());
        ProviderShouldBeAskedOnce();
        await ExportedByAsync("gateway", "scheduler", "batch-worker");
    }

    [Fact]
    public async Task A_chat_is_one_trace_from_the_POST_to_the_provider()
    {
        await PostTracedAsync(SluiceApi.ChatUrl, new JsonObject
        {
            ["model"] = RecordingUpstream.Model,
            ["messages"] = SluiceApi.Message("hi"),
        });

        ProviderShouldBeAskedOnce();
        await ExportedByAsync("gateway", "streaming");
    }

    private async Task<string> PostTracedAsync(string path, JsonObject body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(traced.Cluster.Url, path));
        request.Headers.Authorization = new("Bearer", TestKeys.Dev);
        request.Headers.Add(
            "traceparent", $"00-{_traceId.ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-01");
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return text;
    }

    /// <summary>Takes what it was sent, so that the next test finds its own.</summary>
    private void ProviderShouldBeAskedOnce()
    {
        traced.Upstream.TraceParents.TryDequeue(out var parent).ShouldBeTrue();
        parent.ShouldNotBeNull().ShouldContain(_traceId.ToHexString());
        traced.Upstream.TraceParents.ShouldBeEmpty();
    }

    /// <summary>An export names its service once and holds trace ids as their 16 bytes.</summary>
    private Task ExportedByAsync(params string[] services)
    {
        var traceId = Convert.FromHexString(_traceId.ToHexString());
        return Eventually.Until(
            $"spans of the trace came from {string.Join(", ", services)}",
            () => services.All(service => traced.Upstream.Spans.Any(export =>
                export.AsSpan().IndexOf(traceId) >= 0
                && export.AsSpan().IndexOf(Encoding.UTF8.GetBytes(service)) >= 0)));
    }
}
