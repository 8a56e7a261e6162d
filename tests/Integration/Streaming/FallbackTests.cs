using System.Net;
using System.Net.Sockets;
using System.Text;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A model of two providers, of which <c>near</c> is asked second.</summary>
public sealed class FallbackTests : IAsyncLifetime
{
    private SimulatorProcess _near = null!;

    public async ValueTask InitializeAsync() => _near = await SimulatorProcess.StartAsync();

    public ValueTask DisposeAsync() => _near.DisposeAsync();

    [Theory]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_one_provider_refuses_another_one_answers(int status)
    {
        const string Body = """{"error":{"message":"not now","type":"t","param":null,"code":null}}""";
        var refusal = $"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + $"Content-Length: {Body.Length}\r\n\r\n{Body}";
        await using var far = new CutProvider(Encoding.UTF8.GetBytes(refusal), CutEnding.Close);
        await using var streaming = await StartAsync(far.Address);

        await ShouldAnswerAsync(streaming);

        far.Requests.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_cut_before_its_first_token_another_one_answers()
    {
        const string Begun = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            + "data: {\"id\":\"up-1\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"real\","
            + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
        await using var far = new CutProvider(Encoding.UTF8.GetBytes(Begun), CutEnding.Reset);
        await using var streaming = await StartAsync(far.Address);

        await ShouldAnswerAsync(streaming);
    }

    [Fact]
    public async Task For_a_provider_that_is_not_there_another_one_answers()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var address = new Uri($"http://{closed.LocalEndpoint}/");
        closed.Stop();
        await using var streaming = await StartAsync(address);

        await ShouldAnswerAsync(streaming);
    }

    [Fact]
    public async Task After_the_first_token_no_other_one_is_asked()
    {
        await using var far = await SimulatorProcess.StartAsync();
        await using var streaming = await StartAsync(far.Address);

        using var response = await streaming.ChatAsync("@sim count tokens=9 fail_after=3", stream: true, "far-model");
        var text = await response.Content.ReadAsStringAsync();

        SseText.Content(text).ShouldBe("0 1 2");
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("upstream_error");
        (await far.StatAsync("calls")).ShouldBe(1);
        (await _near.StatAsync("calls")).ShouldBe(0);
    }

    [Fact]
    public async Task The_callers_own_mistake_is_told_by_the_first_one()
    {
        await using var far = await SimulatorProcess.StartAsync();
        await using var streaming = await StartAsync(far.Address);

        using var response = await streaming.ChatAsync("@sim status=422", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await _near.StatAsync("calls")).ShouldBe(0);
    }

    [Fact]
    public async Task A_full_provider_leaves_its_calls_to_the_next()
    {
        await using var far = new CutProvider([], CutEnding.Silence);
        await using var streaming = await StartAsync(far.Address, "--Inference:Providers:far:MaxConcurrency=1");
        using var leave = new CancellationTokenSource();
        var first = streaming.ChatAsync("hello", stream: true, "far-model", leave.Token);
        await Sluice.TestKit.Eventually.Until("the first call is there", () => far.Requests == 1);

        await ShouldAnswerAsync(streaming);

        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
    }

    private Task<StreamingProcess> StartAsync(Uri far, params string[] settings) => StreamingProcess.WithProviderAsync(
        far,
        [
            $"--Inference:Providers:near:BaseUrl={_near.Address}v1",
            "--Inference:Providers:near:Models:0=far-model",
            "--Inference:Providers:near:Priority=1",
            .. settings,
        ]);

    private async Task ShouldAnswerAsync(StreamingProcess streaming)
    {
        using var streamed = await streaming.ChatAsync("@sim count tokens=5", stream: true, "far-model");
        var text = await streamed.Content.ReadAsStringAsync();
        using var whole = await streaming.ChatAsync("@sim count tokens=5", stream: false, "far-model");

        streamed.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        SseText.Content(text).ShouldBe("0 1 2 3 4");
        SseText.Data(text)[^1].ShouldBe("[DONE]");
        SseText.Data(text).Count(data => data.Contains("\"role\"")).ShouldBe(1);
        whole.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _near.StatAsync("calls")).ShouldBe(2);
    }
}
