using System.Net;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Our own API over responses: typed events, the list, cancelling, forgetting.</summary>
public sealed class NativeStreamTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _streaming = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _streaming.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_completion_s_events_are_typed_and_resumed_by_their_positions()
    {
        var id = await CompleteAsync("@sim count tokens=20");

        var frames = SseText.Frames(await ReadAsync($"/api/streams/{id}/events"));
        var rest = SseText.Frames(await ReadAsync($"/api/streams/{id}/events?after=5"));

        frames.Select(Name).ShouldBe(
            ["partial", .. Enumerable.Repeat("token", 20), "partial", "complete"]);
        string.Concat(frames.Where(frame => Name(frame) == "token").Select(Text))
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 20)));
        rest.ShouldBe(frames.Skip(6));
        SseText.Ids(string.Concat(frames)).ShouldBe(Enumerable.Range(0, 23).Select(n => $"{n}"));
    }

    [Fact]
    public async Task A_browser_that_has_the_end_is_told_not_to_come_back()
    {
        var id = await CompleteAsync("@sim count tokens=3");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/streams/{id}/events?after=1");
        request.Headers.Add("Last-Event-ID", "5");

        using var answer = await _streaming.Client.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        // Who says so in the query gets an empty stream, with the id that a browser comes back with.
        (await ReadAsync($"/api/streams/{id}/events?after=5")).ShouldBe("id: 5\n\n");
    }

    [Fact]
    public async Task Several_choices_are_several_tokens_of_which_the_last_has_the_position()
    {
        using var created = await StreamingProcess.PostAsync(
            _streaming.Client,
            """
            {"model":"sluice-sim","stream":true,"n":2,"messages":[{"role":"user","content":"@sim count tokens=1"}]}
            """);
        var id = SseText.IdOf(await created.Content.ReadAsStringAsync());

        var tokens = SseText.Frames(await ReadAsync($"/api/streams/{id}/events"))
            .Where(frame => Name(frame) == "token").ToList();

        tokens.ShouldBe([
            "event: token\ndata: {\"text\":\"0\",\"index\":0}\n\n",
            "event: token\nid: 1\ndata: {\"text\":\"0\",\"index\":1}\n\n"]);
    }

    [Fact]
    public async Task A_failure_is_an_error_event_and_a_silence_has_heartbeats()
    {
        await using var streaming = await StartAsync("--Streaming:HeartbeatInterval=00:00:00.1");
        using var created = await streaming.ChatAsync("@sim count tokens=9 fail_after=4 delay_ms=500", stream: true);
        var reader = new StreamReader(await created.Content.ReadAsStreamAsync());
        var id = await SseText.ReadIdAsync(reader);

        var frames = SseText.Frames(await streaming.Client.GetStringAsync($"/api/streams/{id}/events"));

        frames.ShouldContain("event: heartbeat\ndata: {}\n\n");
        Name(frames[^1]).ShouldBe("error");
        frames[^1].ShouldContain("upstream_error");
    }

    [Fact]
    public async Task A_response_of_the_Responses_API_has_the_same_events()
    {
        using var created = await StreamingProcess.PostAsync(
            _streaming.Client, """{"model":"sluice-sim","input":"@sim count tokens=5"}""", "/v1/responses");
        var id = JsonElement.Parse(await created.Content.ReadAsStringAsync()).GetProperty("id").GetString();

        var frames = SseText.Frames(await ReadAsync($"/api/streams/{id}/events"));

        string.Concat(frames.Where(frame => Name(frame) == "token").Select(Text)).ShouldBe("0 1 2 3 4");
        Name(frames[^1]).ShouldBe("complete");
    }

    [Fact]
    public async Task A_cancelled_response_of_the_Responses_API_ends_with_an_error_as_a_completion_does()
    {
        using var created = await StreamingProcess.PostAsync(
            _streaming.Client,
            """{"model":"sluice-sim","input":"@sim count tokens=9000 delay_ms=10","background":true}""",
            "/v1/responses");
        var id = JsonElement.Parse(await created.Content.ReadAsStringAsync()).GetProperty("id").GetString();
        using var running = await _streaming.ChatAsync("@sim count tokens=9000 delay_ms=10", stream: true);
        var other = await SseText.ReadIdAsync(new StreamReader(await running.Content.ReadAsStreamAsync()));

        (await _streaming.Client.DeleteAsync($"/api/streams/{id}")).EnsureSuccessStatusCode();
        (await _streaming.Client.DeleteAsync($"/api/streams/{other}")).EnsureSuccessStatusCode();
        var response = SseText.Frames(await ReadAsync($"/api/streams/{id}/events"))[^1];
        var completion = SseText.Frames(await ReadAsync($"/api/streams/{other}/events"))[^1];

        Name(response).ShouldBe("error");
        response.ShouldContain("response_cancelled");
        SseText.Data(response).ShouldBe(SseText.Data(completion));
    }

    [Fact]
    public async Task Running_and_ended_streams_are_listed_and_cancelled_from_any_instance()
    {
        await using var other = await StartAsync();
        var ended = await CompleteAsync("@sim count tokens=3");
        using var running = await _streaming.ChatAsync("@sim count tokens=9000 delay_ms=10", stream: true);
        var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
        var id = await SseText.ReadIdAsync(reader);

        var listed = await Eventually.Value("it is listed with what it does", async () =>
            (await ListAsync(other)) is var all && all[0].GetProperty("tokens").ValueKind == JsonValueKind.Number
                && all[0].GetProperty("tokens_per_second").GetDouble() > 0 ? all : null);
        using var cancelled = await other.Client.DeleteAsync($"/api/streams/{id}");
        var rest = await reader.ReadToEndAsync();

        listed.Select(item => item.GetProperty("id").GetString()).ShouldBe([id, ended]);
        listed[0].GetProperty("state").GetString().ShouldBe("running");
        listed[0].GetProperty("readers").GetInt32().ShouldBe(1);
        listed[0].GetProperty("slowest_reader").GetInt64().ShouldBeGreaterThan(0);
        listed[1].GetProperty("state").GetString().ShouldBe("completed");
        listed[1].GetProperty("readers").ValueKind.ShouldBe(JsonValueKind.Null);
        cancelled.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        rest.ShouldContain("response_cancelled");
        (await ListAsync(other))[0].GetProperty("state").GetString().ShouldBe("cancelled");
    }

    [Fact]
    public async Task What_was_deleted_or_not_to_be_stored_leaves_nothing()
    {
        await using var streaming = await StartAsync(
            "--Streaming:ResumeWindow=00:00:00.2", "--Log:CompactInterval=00:00:00.05");
        using var forgotten = await StreamingProcess.PostAsync(
            streaming.Client, """{"model":"sluice-sim","input":"@sim count tokens=5","store":false}""", "/v1/responses");
        using var kept = await StreamingProcess.PostAsync(
            streaming.Client, """{"model":"sluice-sim","input":"@sim count tokens=5"}""", "/v1/responses");
        var id = JsonElement.Parse(await kept.Content.ReadAsStringAsync()).GetProperty("id").GetString();

        using var deleted = await streaming.Client.DeleteAsync($"/v1/responses/{id}");
        using var again = await streaming.Client.GetAsync($"/v1/responses/{id}");

        forgotten.StatusCode.ShouldBe(HttpStatusCode.OK);
        deleted.StatusCode.ShouldBe(HttpStatusCode.OK);
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await Eventually.Until("nothing is left", async () => await _database.ScalarAsync(
            "SELECT (SELECT count(*) FROM streaming.responses) + (SELECT count(*) FROM streaming.response_events)")
            is 0L);
    }

    [Fact]
    public async Task A_reader_at_another_instance_keeps_a_response_alive()
    {
        await using var owner = await StartAsync("--Streaming:ResumeWindow=00:00:00.5");
        await using var other = await StartAsync("--Streaming:ResumeWindow=00:00:00.5");
        string id;
        using (var running = await owner.ChatAsync("@sim count tokens=150 delay_ms=20", stream: true))
        {
            var reader = new StreamReader(await running.Content.ReadAsStreamAsync());
            id = await SseText.ReadIdAsync(reader);
        }

        using var elsewhere = await other.ResumeAsync(id, "-1");

        SseText.Content(await elsewhere.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 150)));
    }

    [Fact]
    public async Task A_request_that_is_larger_than_what_may_wait_for_its_commit_is_answered()
    {
        var text = new string('x', 400_000);

        using var answer = await StreamingProcess.PostAsync(
            _streaming.Client,
            $$"""{"model":"sluice-sim","input":"@sim count tokens=5","instructions":"{{text}}","stream":true}""",
            "/v1/responses");

        (await answer.Content.ReadAsStringAsync()).ShouldContain("event: response.completed\n");
    }

    [Theory]
    [InlineData("/api/streams/chatcmpl-x/events", HttpStatusCode.NotFound, "response_not_found")]
    [InlineData("/api/streams?limit=0", HttpStatusCode.BadRequest, "invalid_request")]
    public async Task Refusals_are_problem_details(string path, HttpStatusCode status, string code)
    {
        using var answer = await _streaming.Client.GetAsync(path);

        answer.StatusCode.ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await SseText.JsonOf(answer)).GetProperty("code").GetString().ShouldBe(code);
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) =>
        StreamingProcess.StartAsync([$"--ConnectionStrings:Postgres={_database.Uri}", .. settings]);

    private async Task<string> CompleteAsync(string message)
    {
        using var answer = await _streaming.ChatAsync(message, stream: true);
        return SseText.IdOf(await answer.Content.ReadAsStringAsync());
    }

    private Task<string> ReadAsync(string path) => _streaming.Client.GetStringAsync(path);

    private static async Task<List<JsonElement>> ListAsync(StreamingProcess streaming) =>
        [.. JsonElement.Parse(await streaming.Client.GetStringAsync("/api/streams")).GetProperty("data")
            .EnumerateArray()];

    private static string Name(string frame) =>
        frame.Split('\n').Single(line => line.StartsWith("event: ", StringComparison.Ordinal))[7..];

    private static string Text(string frame) =>
        JsonElement.Parse(SseText.Data(frame)[0]).GetProperty("text").GetString()!;
}
