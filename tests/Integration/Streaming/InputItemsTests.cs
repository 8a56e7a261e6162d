using System.Net;
using System.Text.Json;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary><c>GET /v1/responses/{id}/input_items</c>, and the memory of conversations.</summary>
public sealed class InputItemsTests : IAsyncLifetime
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
    public async Task A_text_is_one_message()
    {
        var id = await CreateAsync("\"hello\"");

        var page = await _streaming.Client.GetStringAsync($"/v1/responses/{id}/input_items");

        page.ShouldContain("""{"type":"input_text","text":"hello"}""");
        var item = JsonElement.Parse(page).GetProperty("data").EnumerateArray().ShouldHaveSingleItem();
        item.GetProperty("role").GetString().ShouldBe("user");
        item.GetProperty("id").GetString().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Items_come_in_pages_newest_first_or_oldest_first()
    {
        var id = await CreateAsync(
            """
            [{"role":"user","content":"a"},{"role":"assistant","content":"b"},
             {"type":"message","id":"msg_own","role":"user","content":[{"type":"input_text","text":"c"}]}]
            """);

        var newest = await PageAsync(id, "?limit=2");
        var rest = await PageAsync(id, $"?limit=2&after={newest.GetProperty("last_id").GetString()}");
        var oldest = await PageAsync(id, "?order=asc");

        Texts(newest).ShouldBe(["c", "b"]);
        newest.GetProperty("has_more").GetBoolean().ShouldBeTrue();
        newest.GetProperty("first_id").GetString().ShouldBe("msg_own");
        Texts(rest).ShouldBe(["a"]);
        rest.GetProperty("has_more").GetBoolean().ShouldBeFalse();
        Texts(oldest).ShouldBe(["a", "b", "c"]);
    }

    [Theory]
    [InlineData("?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("?order=up", HttpStatusCode.BadRequest)]
    [InlineData("?after=nothing", HttpStatusCode.BadRequest)]
    public async Task A_wrong_query_is_refused(string query, HttpStatusCode status)
    {
        var id = await CreateAsync("\"hello\"");

        using var answer = await _streaming.Client.GetAsync($"/v1/responses/{id}/input_items{query}");

        answer.StatusCode.ShouldBe(status);
    }

    [Fact]
    public async Task What_is_foreign_or_not_stored_is_not_found()
    {
        var id = await CreateAsync("\"hello\"");
        var unstored = await CreateAsync("\"hello\"", ",\"store\":false");
        using var foreigner = _streaming.NewClient(withSecret: true, tenant: "other");

        using var foreign = await foreigner.GetAsync($"/v1/responses/{id}/input_items");
        using var gone = await _streaming.Client.GetAsync($"/v1/responses/{unstored}/input_items");

        (await SseText.ErrorOf(foreign)).GetProperty("code").GetString().ShouldBe("response_not_found");
        (await SseText.ErrorOf(gone)).GetProperty("code").GetString().ShouldBe("input_not_stored");
    }

    [Fact]
    public async Task Conversations_count_as_memory_of_the_requests_that_continue_them()
    {
        await using var small = await StartAsync("--Streaming:MaxBufferedRequestBytes=20000");
        var first = await CreateAsync($"\"{new string('x', 15_000)}\"", at: small);
        var next = $$"""{"model":"sluice-sim","input":"hello","previous_response_id":"{{first}}"}""";

        using var refused = await StreamingProcess.PostAsync(small.Client, Filled(next, 8_000), "/v1/responses");
        using var fits = await StreamingProcess.PostAsync(small.Client, next, "/v1/responses");
        using var again = await StreamingProcess.PostAsync(small.Client, next, "/v1/responses");

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("at_capacity");
        fits.StatusCode.ShouldBe(HttpStatusCode.OK);
        again.StatusCode.ShouldBe(HttpStatusCode.OK, "all of it was given back");
    }

    [Fact]
    public async Task A_read_token_lasts_as_long_as_it_is_configured()
    {
        await using var streaming = await StartAsync("--Streaming:ReadTokenLifetime=01:00:00");
        var id = await CreateAsync("\"hello\"", at: streaming);

        using var made = await streaming.Client.PostAsync($"/api/streams/{id}/token", null);

        var expiry = (await SseText.JsonOf(made)).GetProperty("expires_at").GetInt64();
        (DateTimeOffset.FromUnixTimeSeconds(expiry) - TimeProvider.System.GetUtcNow())
            .ShouldBeInRange(TimeSpan.FromMinutes(50), TimeSpan.FromMinutes(60));
    }

    private static string Filled(string body, int bytes) => body.Replace("hello", new string('y', bytes));

    private static IEnumerable<string?> Texts(JsonElement page) => page.GetProperty("data").EnumerateArray()
        .Select(item => item.GetProperty("content")[0].GetProperty("text").GetString());

    private async Task<JsonElement> PageAsync(string id, string query) =>
        JsonElement.Parse(await _streaming.Client.GetStringAsync($"/v1/responses/{id}/input_items{query}"));

    private async Task<string> CreateAsync(string input, string more = "", StreamingProcess? at = null)
    {
        using var answer = await StreamingProcess.PostAsync(
            (at ?? _streaming).Client, $$"""{"model":"sluice-sim","input":{{input}}{{more}}}""", "/v1/responses");
        return (await SseText.JsonOf(answer)).GetProperty("id").GetString()!;
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) =>
        StreamingProcess.StartAsync([$"--ConnectionStrings:Postgres={_database.Uri}", .. settings]);
}
