using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Xunit;
using static Sluice.Tests.Integration.DeadLetters.DeadLetterFixture;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>Lines that fail for good are found, with their cause and what was sent.</summary>
[Collection(nameof(DeadLetterTests))]
public sealed class LineLetterTests(DeadLetterFixture sluice)
{
    [Fact]
    public async Task A_failed_line_is_a_dead_letter_with_cause_attempts_payload_and_origin()
    {
        string[] lines = [Line("good", "@sim hash"), Bad("späť"), Bad("down", 503), Bad("Ω-1")];
        var batch = Id(await RunBatchAsync(sluice.Acme, lines));

        var letters = await LettersAsync(sluice.Acme, $"batch={batch}");

        letters.Select(LineOf).Order().ShouldBe([2, 3, 4]);
        var refused = letters.Single(l => LineOf(l) == 2);
        Text(refused, "type").ShouldBe("line");
        Text(refused, "state").ShouldBe("open");
        Text(refused, "tenant").ShouldBe("acme");
        refused["cause"]!.ToJsonString().ShouldBe(
            """{"code":"http_422","message":"The simulated model was told to answer with status 422."}""");
        refused["attempts"]!.GetValue<int>().ShouldBe(1);
        refused["origin"]!["batch"]!.GetValue<string>().ShouldBe(batch);
        refused["origin"]!["shard"]!.GetValue<int>().ShouldBe(0);
        refused["origin"]!["custom_id"]!.GetValue<string>().ShouldBe("späť");
        refused["trace_id"]!.GetValue<string>().Length.ShouldBe(32);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        refused["created_at"]!.GetValue<long>().ShouldBeInRange(now - 60, now + 1);
        var down = letters.Single(l => LineOf(l) == 3);
        down["cause"]!["code"]!.GetValue<string>().ShouldBe("http_503");
        down["attempts"]!.GetValue<int>().ShouldBe(5);

        foreach (var letter in letters)
        {
            var read = await GetAsync(sluice.Acme, $"/api/dead-letters/{Id(letter)}");
            read["payload"]!["text"]!.GetValue<string>().ShouldBe(lines[LineOf(letter) - 1]);
            letter["payload_bytes"]!.GetValue<int>().ShouldBe(
                System.Text.Encoding.UTF8.GetByteCount(lines[LineOf(letter) - 1]));
        }
    }

    [Fact]
    public async Task The_list_is_paged_filtered_searched_and_grouped_by_cause()
    {
        var mark = Guid.NewGuid().ToString("N");
        var first = Id(await RunBatchAsync(
            sluice.Acme, Bad($"a-{mark}"), Bad($"b-{mark}", 404), Bad("other"), Line("x", "@sim hash")));
        var second = Id(await RunBatchAsync(sluice.Acme, Bad($"c-{mark}"), Bad($"d-{mark}")));

        (await CustomIdsAsync($"search={mark.ToUpperInvariant()}")).Count.ShouldBe(4);
        (await CustomIdsAsync($"search={mark}&batch={second}")).Order().ShouldBe([$"c-{mark}", $"d-{mark}"]);
        (await CustomIdsAsync($"search={mark}&code=http_404")).ShouldBe([$"b-{mark}"]);
        (await CustomIdsAsync($"search={mark}&exception=http_404&type=line")).ShouldBe([$"b-{mark}"]);
        (await CustomIdsAsync($"search={mark}&type=message")).ShouldBeEmpty();
        (await CustomIdsAsync($"search={mark}&from=2020-01-01T00:00:00Z&to=4000000000")).Count.ShouldBe(4);
        (await CustomIdsAsync($"search={mark}&to=2020-01-01T00:00:00Z")).ShouldBeEmpty();
        (await CustomIdsAsync($"search={mark}&state=replayed")).ShouldBeEmpty();

        var page = await GetAsync(sluice.Acme, $"/api/dead-letters?search={mark}&limit=3");
        page["has_more"]!.GetValue<bool>().ShouldBeTrue();
        var rest = await LettersAsync(
            sluice.Acme, $"search={mark}&limit=3&after={page["last_id"]!.GetValue<string>()}");
        page["data"]!.AsArray().Select(l => Id(l!)).Concat(rest.Select(Id)).Distinct().Count().ShouldBe(4);

        var causes = (await GetAsync(sluice.Acme, $"/api/dead-letters/causes?batch={first}"))["data"]!.AsArray();
        causes.Select(c => (Text(c!, "code"), c!["count"]!.GetValue<int>()))
            .ShouldBe([("http_422", 2), ("http_404", 1)]);
        causes[0]!["batches"]!.GetValue<int>().ShouldBe(1);
        causes[0]!["message"]!.GetValue<string>().ShouldContain("status 422");
        (await LettersAsync(sluice.Acme, $"batch={first}&group=cause")).Select(Cause)
            .ShouldBe(causes.Select(c => Cause(c!)));
    }

    [Fact]
    public async Task A_tenant_sees_its_own_and_an_operator_sees_all()
    {
        var batch = Id(await RunBatchAsync(sluice.Acme, Bad("mine")));
        var letter = Id((await LettersAsync(sluice.Acme, $"batch={batch}")).ShouldHaveSingleItem());

        (await LettersAsync(sluice.Globex, $"batch={batch}")).ShouldBeEmpty();
        (await LettersAsync(sluice.Globex, $"batch={batch}&tenant=acme&state=any")).ShouldBeEmpty();
        (await LettersAsync(sluice.Globex, $"batch={batch}&group=cause")).ShouldBeEmpty();
        await RefusedAsync(
            await sluice.Globex.GetAsync($"/api/dead-letters/{letter}"), HttpStatusCode.NotFound,
            "dead_letter_not_found");
        (await LettersAsync(sluice.Operator, $"batch={batch}&tenant=acme")).Select(Id).ShouldBe([letter]);
        Id(await GetAsync(sluice.Operator, $"/api/dead-letters/{letter}")).ShouldBe(letter);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=5&limit=6", "limit")]
    [InlineData("after=batch_1", "after")]
    [InlineData("batch=17", "batch")]
    [InlineData("from=yesterday", "from")]
    [InlineData("to=99999999999999", "to")]
    [InlineData("state=gone", "state")]
    [InlineData("search=", "search")]
    [InlineData("search=%00", "search")]
    [InlineData("group=batch", "group")]
    [InlineData("bacth=batch_0197c2a4b8e07c7a9e1f5d3b2a190807", "bacth")]
    public async Task A_wrong_parameter_is_named(string query, string name)
    {
        using var answer = await sluice.Acme.GetAsync($"/api/dead-letters?{query}");

        var problem = await RefusedAsync(
            answer, HttpStatusCode.BadRequest, name == "bacth" ? "unknown_parameter" : "invalid_parameter");
        problem["detail"]!.GetValue<string>().ShouldContain($"'{name}'");
    }

    [Fact]
    public async Task Neither_a_key_without_the_right_nor_an_unknown_letter_gets_in()
    {
        await RefusedAsync(
            await sluice.ChatOnly.GetAsync("/api/dead-letters"), HttpStatusCode.Forbidden, "permission_denied");
        foreach (var id in new[] { "dl_0197c2a4b8e07c7a9e1f5d3b2a190807", "dl_x", "17" })
        {
            await RefusedAsync(
                await sluice.Operator.GetAsync($"/api/dead-letters/{id}"), HttpStatusCode.NotFound,
                "dead_letter_not_found");
        }
    }

    private async Task<IReadOnlyList<string>> CustomIdsAsync(string query) =>
        [.. (await LettersAsync(sluice.Acme, query)).Select(l => Text(l["origin"]!, "custom_id"))];

    private static string Cause(JsonNode of) => of.ToJsonString();

    private static string Id(JsonNode of) => Text(of, "id");

    private static int LineOf(JsonNode letter) => letter["origin"]!["line"]!.GetValue<int>();

    private static string Text(JsonNode of, string member) => of[member]!.GetValue<string>();
}
