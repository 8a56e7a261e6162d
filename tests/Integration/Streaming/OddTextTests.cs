using System.Net;
using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>
/// What providers send that databases and serializers dislike: a NUL, halves of surrogate pairs, a token of a megabyte.
/// </summary>
public sealed class OddTextTests : IAsyncLifetime
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

    private PostgresDatabase _database = null!;

    public static TheoryData<string> Texts =>
    [
        "a\\u0000b", "\\ud83d", "\\ude00\\ud83d", "\\ud83d|\\ude00", "\\u2028 \\r\\n\\r\\ndata: x", "grüße 😀",
        new string('x', 1_000_000),
    ];

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_completion_has_it_as_it_came_live_stored_compacted_and_elsewhere(string text)
    {
        await using var provider = new CutProvider(Answer(text), CutEnding.Close);
        await using var streaming = await StartAsync(provider);
        await using var other = await StartAsync(provider);
        using var response = await streaming.ChatAsync("hello", stream: true, "far-model");
        var live = await response.Content.ReadAsStringAsync();
        var id = SseText.IdOf(live);

        using var stored = await streaming.ResumeAsync(id, "-1");
        using var elsewhere = await other.ResumeAsync(id, "-1");
        await Eventually.Until("it is compacted", async () => await _database.ScalarAsync(
            "SELECT bool_and(compacted) FROM streaming.responses") is true);
        using var compacted = await other.ResumeAsync(id, "-1");
        var whole = await streaming.Client.GetStringAsync($"/v1/chat/completions/{id}");

        foreach (var part in Parts(text))
        {
            live.ShouldContain($"\"content\":\"{part}\"");
        }

        live.ShouldEndWith("data: [DONE]\n\n");
        (await stored.Content.ReadAsStringAsync()).ShouldBe(live);
        (await elsewhere.Content.ReadAsStringAsync()).ShouldBe(live);
        (await compacted.Content.ReadAsStringAsync()).ShouldBe(live);
        whole.ShouldContain($"\"content\":\"{string.Concat(Parts(text))}\"");
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_response_has_it_in_its_events_and_in_its_output(string text)
    {
        await using var provider = new CutProvider(Answer(text), CutEnding.Close);
        await using var streaming = await StartAsync(provider);
        using var response = await StreamingProcess.PostAsync(
            streaming.Client, """{"model":"far-model","input":"hello","stream":true}""", "/v1/responses");
        var live = await response.Content.ReadAsStringAsync();
        var id = JsonElement.Parse(SseText.Data(live)[0]).GetProperty("response").GetProperty("id").GetString();

        var stored = await streaming.Client.GetStringAsync($"/v1/responses/{id}?stream=true");
        var whole = await streaming.Client.GetStringAsync($"/v1/responses/{id}");

        foreach (var part in Parts(text))
        {
            live.ShouldContain($"\"delta\":\"{part}\"");
        }

        live.ShouldContain("event: response.completed\n");
        stored.ShouldBe(live);
        whole.ShouldContain($"\"text\":\"{string.Concat(Parts(text))}\"");
    }

    [Theory]
    [InlineData("tokens=1000000", "'tokens' must be from 1 to 100,000")]
    [InlineData("tokens=99999999999999999999", "'tokens' must be from 1 to 100,000")]
    [InlineData("delay_ms=1000000000 tokens=5", "'delay_ms' must be from 0 to 600,000")]
    [InlineData("tokens=5 first_ms=-5", "'first_ms' must be from 0 to 600,000")]
    public async Task Directives_beyond_their_bounds_are_refused_by_name(string directives, string bound)
    {
        await using var streaming = await StreamingProcess.StartAsync();
        foreach (var stream in (bool[])[true, false])
        {
            using var response = await streaming.ChatAsync($"@sim count {directives}", stream);

            response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            var error = await SseText.ErrorOf(response);
            error.GetProperty("code").GetString().ShouldBe("invalid_directive");
            error.GetProperty("message").GetString()!.ShouldContain(bound);
        }
    }

    private static string[] Parts(string text) => text.Split('|');

    private static byte[] Answer(string text)
    {
        var chunks = Parts(text).Select(part =>
            $$$"""data: {"id":"x","created":5,"choices":[{"index":0,"delta":{"content":"{{{part}}}"}}]}""" + "\n\n");
        return Encoding.UTF8.GetBytes(Head + string.Concat(chunks)
            + """data: {"id":"x","created":5,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""
            + "\n\ndata: [DONE]\n\n");
    }

    private Task<StreamingProcess> StartAsync(CutProvider provider) => StreamingProcess.WithProviderAsync(
        provider.Address, $"--ConnectionStrings:Postgres={_database.Uri}", "--Log:CompactInterval=00:00:00.1");
}
