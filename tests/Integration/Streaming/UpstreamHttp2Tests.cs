using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A provider that is spoken to over HTTP/2 without TLS: many calls on one connection.</summary>
public sealed class UpstreamHttp2Tests : IAsyncLifetime
{
    private SimulatorProcess _simulator = null!;
    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync()
    {
        _simulator = await SimulatorProcess.WithHttp2Async();
        _streaming = await StartAsync(_simulator.Http2Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _streaming.DisposeAsync();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Streams_and_whole_answers_arrive()
    {
        var streams = await Task.WhenAll(Enumerable.Range(0, 50).Select(async no =>
        {
            using var response = await _streaming.ChatAsync($"@sim count tokens=40 #{no}", stream: true, "far-model");
            return await response.Content.ReadAsStringAsync();
        }));
        using var whole = await _streaming.ChatAsync("@sim count tokens=3", stream: false, "far-model");

        streams.ShouldAllBe(text => SseText.Content(text) == string.Join(' ', Enumerable.Range(0, 40)));
        streams.ShouldAllBe(text => SseText.Data(text).Last() == "[DONE]");
        (await whole.Content.ReadAsStringAsync()).ShouldContain("0 1 2");
        (await _simulator.StatAsync("calls")).ShouldBe(51);
    }

    [Fact]
    public async Task A_stream_that_is_reset_is_cut_and_the_others_of_its_connection_go_on()
    {
        using var other = await _streaming.ChatAsync("@sim count tokens=60 delay_ms=5", stream: true, "far-model");

        // Not at once: a reset overtakes what was sent and not yet read, and a stream without a token is a 502.
        using var cut = await _streaming.ChatAsync(
            "@sim count tokens=50 delay_ms=25 fail_after=20", stream: true, "far-model");

        var text = await cut.Content.ReadAsStringAsync();
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_error");
        string.Join(' ', Enumerable.Range(0, 20)).ShouldStartWith(SseText.Content(text));
        SseText.Content(await other.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 60)));
    }

    [Fact]
    public async Task A_caller_that_leaves_closes_its_call_and_no_other()
    {
        using var other = await StartAsync("@sim count tokens=100 delay_ms=5", durable: true);
        using var left = await StartAsync("@sim count tokens=9000 delay_ms=5", durable: false);

        left.Dispose();

        await Eventually.Until("the call is closed", async () => await _simulator.StatAsync("aborted") == 1);
        SseText.Content(await other.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 100)));
    }

    [Fact]
    public async Task A_provider_that_speaks_only_HTTP_1_is_a_bad_gateway()
    {
        await using var streaming = await StartAsync(_simulator.Address);

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_error");
        (await _simulator.StatAsync("calls")).ShouldBe(0);
    }

    private static Task<StreamingProcess> StartAsync(Uri provider) => StreamingProcess.WithProviderAsync(
        provider, "--Inference:Providers:far:VersionPolicy=RequestVersionExact");

    /// <summary>A stream whose first event has come.</summary>
    private async Task<HttpResponseMessage> StartAsync(string message, bool durable)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(
                $$"""{"model":"far-model","stream":true,"messages":[{"role":"user","content":"{{message}}"}]}"""),
        };
        request.Headers.Add("Sluice-Durability", durable ? "before-delivery" : "none");
        return (await _streaming.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
            .EnsureSuccessStatusCode();
    }
}
