using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class UpstreamStatusTests
{
    private const string ErrorBody =
        """{"error":{"message":"bad key sk-secret","type":"t","param":"p","code":"c"},"extra":1}""";

    [Theory]
    [InlineData(400, 400)]
    [InlineData(404, 404)]
    [InlineData(409, 409)]
    [InlineData(413, 413)]
    [InlineData(422, 422)]
    [InlineData(429, 429)]
    [InlineData(401, 502)]
    [InlineData(403, 502)]
    [InlineData(418, 502)]
    [InlineData(500, 502)]
    [InlineData(503, 502)]
    [InlineData(302, 502)]
    [InlineData(204, 502)]
    public async Task A_providers_status_becomes_ours(int theirs, int ours)
    {
        var answer = Answer(theirs, ErrorBody, "Retry-After: 7\r\nLocation: /x\r\n");
        await using var provider = new CutProvider(answer, CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);
        foreach (var stream in (bool[])[true, false])
        {
            using var response = await streaming.ChatAsync("hello", stream, "far-model");
            var body = await response.Content.ReadAsStringAsync();

            ((int)response.StatusCode).ShouldBe(ours);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
            response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(7));
            (response.Headers.RetryAfter is not null).ShouldBe(ours == 429);
            if (ours == theirs && ours != 429)
            {
                body.ShouldBe(ErrorBody, "it is passed on as it is");
            }
            else if (ours == 502)
            {
                body.ShouldContain("upstream_error");
                body.ShouldNotContain("sk-secret");
            }
        }

        provider.Requests.ShouldBe(2, "nothing that was answered is tried again");
    }

    [Fact]
    public async Task A_refusal_that_is_no_JSON_gets_an_error_object_with_the_same_status()
    {
        await using var provider = new CutProvider(Answer(404, "<html>not here</html>", ""), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SseText.ErrorOf(response)).GetProperty("message").GetString()!.ShouldNotContain("html");
    }

    [Theory]
    [InlineData(400)]
    [InlineData(429)]
    public async Task A_refusal_whose_text_cannot_be_decoded_keeps_its_status(int status)
    {
        foreach (var text in (string[])["\\ud83d", "\u00e8"])
        {
            // As Latin-1: the second one is a byte that is no UTF-8.
            var body = $$$"""{"error":{"message":"{{{text}}}","type":"t","param":null,"code":"{{{text}}}"}}""";
            var answer = Encoding.Latin1.GetBytes(
                $"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n{body}");
            await using var provider = new CutProvider(answer, CutEnding.Close);
            await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);
            foreach (var stream in (bool[])[true, false])
            {
                using var response = await streaming.ChatAsync("hello", stream, "far-model");

                ((int)response.StatusCode).ShouldBe(status);
                var error = await SseText.ErrorOf(response);
                error.GetProperty("message").ValueKind.ShouldBe(JsonValueKind.String);
            }
        }
    }

    [Theory]
    [InlineData("insufficient_quota", true)]
    [InlineData("rate_limit_exceeded", false)]
    public async Task A_quota_that_is_used_up_is_not_to_be_tried_again(string code, bool isFinal)
    {
        var body = $$$"""{"error":{"message":"m","type":"t","param":null,"code":"{{{code}}}"}}""";
        await using var provider = new CutProvider(Answer(429, body, ""), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(provider.Address);
        foreach (var stream in (bool[])[true, false])
        {
            using var response = await streaming.ChatAsync("hello", stream, "far-model");

            ((int)response.StatusCode).ShouldBe(429);
            (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe(code);
            response.Headers.TryGetValues("x-should-retry", out var told).ShouldBe(isFinal);
            (told ?? []).ShouldBe(isFinal ? ["false"] : []);
        }
    }

    [Fact]
    public async Task A_response_whose_provider_falls_silent_in_mid_answer_is_504_to_the_one_who_waits()
    {
        var start = Encoding.UTF8.GetBytes(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            + """data: {"id":"x","created":5,"choices":[{"index":0,"delta":{"content":"a"}}]}""" + "\n\n");
        await using var provider = new CutProvider(start, CutEnding.Silence);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address, "--Inference:Providers:far:GapTimeout=00:00:00.1");

        using var response = await StreamingProcess.PostAsync(
            streaming.Client, """{"model":"far-model","input":"hello"}""", "/v1/responses");

        response.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("upstream_timeout");
    }

    [Fact]
    public async Task A_provider_that_is_not_there_is_502()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var address = new Uri($"http://{closed.LocalEndpoint}/");
        closed.Stop();
        await using var streaming = await StreamingProcess.WithProviderAsync(address);

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        response.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await response.Content.ReadAsStringAsync()).ShouldNotContain(address.Port.ToString());
    }

    [Fact]
    public async Task The_configured_key_is_sent_and_nothing_of_the_callers_headers()
    {
        await using var provider = new CutProvider(Answer(400, ErrorBody, ""), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address, "--Inference:Providers:far:ApiKey=sk-upstream");
        streaming.Client.DefaultRequestHeaders.Add("X-Api-Base", "http://elsewhere");

        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");

        provider.LastRequest.ShouldContain("Authorization: Bearer sk-upstream");
        provider.LastRequest.ShouldContain("traceparent: 00-");
        provider.LastRequest.ShouldNotContain("X-Sluice");
        provider.LastRequest.ShouldNotContain("elsewhere");
    }

    [Fact]
    public async Task Calls_past_the_providers_concurrency_get_503_when_they_have_waited()
    {
        await using var provider = new CutProvider([], CutEnding.Silence);
        await using var streaming = await StreamingProcess.WithProviderAsync(
            provider.Address,
            "--Inference:Providers:far:MaxConcurrency=1",
            "--Inference:Providers:far:QueueTimeout=00:00:00.050");
        using var leave = new CancellationTokenSource();
        var first = streaming.ChatAsync("hello", stream: true, "far-model", leave.Token);
        await Sluice.TestKit.Eventually.Until("the first call is there", () => provider.Requests == 1);

        using var second = await streaming.ChatAsync("hello", stream: true, "far-model");

        second.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        second.Headers.RetryAfter.ShouldNotBeNull();
        await leave.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
    }

    private static byte[] Answer(int status, string body, string headers) => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nConnection: close\r\n{headers}"
        + (status == 204 ? "\r\n" : $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));
}
