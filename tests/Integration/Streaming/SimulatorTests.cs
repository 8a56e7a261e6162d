using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class SimulatorTests : IAsyncLifetime
{
    private readonly HttpClient _client = new();
    private SimulatorProcess _simulator = null!;

    public async ValueTask InitializeAsync() => _simulator = await SimulatorProcess.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _simulator.DisposeAsync();
    }

    [Fact]
    public async Task Calls_are_counted_in_all_and_per_message()
    {
        await PostAsync("@sim hash #1", stream: false);
        await PostAsync("@sim hash #1", stream: true);
        await PostAsync("@sim hash #2", stream: false);

        // A call is counted as over when its answer has been written, which its reader may see first.
        await Eventually.Until("no call is open", async () => await _simulator.StatAsync("active") == 0);
        var stats = await _simulator.StatsAsync();

        stats.GetProperty("calls").GetInt64().ShouldBe(3);
        stats.GetProperty("aborted").GetInt64().ShouldBe(0);
        var prompts = stats.GetProperty("calls_per_prompt");
        prompts.GetProperty(Hash("@sim hash #1")).GetInt64().ShouldBe(2);
        prompts.GetProperty(Hash("@sim hash #2")).GetInt64().ShouldBe(1);
    }

    [Fact]
    public async Task A_status_is_answered_as_often_as_told()
    {
        using var first = await PostAsync("@sim status=429 times=1 count", stream: true);
        using var second = await PostAsync("@sim status=429 times=1 count", stream: true);

        first.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        first.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        (await SseText.ErrorOf(first)).GetProperty("type").GetString().ShouldBe("rate_limit_error");
        second.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Fail_after_sends_its_tokens_and_then_breaks_the_connection()
    {
        var text = new StringBuilder();

        await Should.ThrowAsync<Exception>(async () =>
        {
            using var response = await PostAsync("@sim count tokens=50 fail_after=20", stream: true);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync() is { } line)
            {
                text.Append(line).Append('\n');
            }
        });

        SseText.Content(text.ToString()).ShouldBe(string.Join(' ', Enumerable.Range(0, 20)));
        await Should.ThrowAsync<HttpRequestException>(() => PostAsync("@sim tokens=50 fail_after=20", stream: false));
    }

    [Fact]
    public async Task A_client_that_leaves_is_counted()
    {
        using var leave = new CancellationTokenSource();
        var call = PostAsync("@sim first_ms=600000", stream: false, leave.Token);
        await Eventually.Until("the call is there", async () => await _simulator.StatAsync("active") == 1);

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
        await Eventually.Until("it is counted", async () => await _simulator.StatAsync("aborted") == 1);
    }

    [Fact]
    public async Task Wrong_requests_are_refused_and_models_listed()
    {
        using var wrong = await _client.PostAsync(
            new Uri(_simulator.Address, "v1/chat/completions"), new StringContent("{"));

        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await SseText.ErrorOf(wrong);
        (await _client.GetStringAsync(new Uri(_simulator.Address, "v1/models"))).ShouldContain("sluice-sim");
    }

    private static string Hash(string message) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(message)));

    private Task<HttpResponseMessage> PostAsync(string message, bool stream, CancellationToken cancellation = default)
    {
        var flag = stream ? "true" : "false";
        var body = $$"""{"model":"any","stream":{{flag}},"messages":[{"role":"user","content":"{{message}}"}]}""";
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_simulator.Address, "v1/chat/completions"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return _client.SendAsync(
            request,
            stream ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead,
            cancellation);
    }
}
