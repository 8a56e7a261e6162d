using System.Net;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Scheduler.Files;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.DeadLetters.DeadLetterFixture;

namespace Sluice.Tests.Integration.DeadLetters;

/// <summary>Lines are sent again in follow-up batches: each once, whoever asks and how often.</summary>
[Collection(nameof(DeadLetterTests))]
public sealed class ReplayTests(DeadLetterFixture sluice)
{
    [Fact]
    public async Task Failed_lines_become_a_follow_up_batch_with_exactly_them()
    {
        string[] lines = [Line("good", "@sim hash"), Flaky("a"), Line("fine", "@sim hash"), Flaky("b")];
        var original = await RunBatchAsync(sluice.Acme, lines);
        Text(original["request_counts"]!, "failed").ShouldBe("2");

        var counted = await PostAsync(sluice.Acme, "/api/dead-letters/replay", ByFilter(original, dryRun: true));
        Text(counted, "status").ShouldBe("counted");
        Text(counted, "count").ShouldBe("2");
        var request = ByFilter(original);
        request["token"] = Text(counted, "token");
        var replay = await PostAsync(sluice.Acme, "/api/dead-letters/replay", request);
        var again = await PostAsync(sluice.Acme, "/api/dead-letters/replay", request.DeepClone());

        Text(replay, "status").ShouldBe("completed");
        Text(replay, "replayed").ShouldBe("2");
        Text(again, "id").ShouldBe(Text(replay, "id"));
        var followUp = replay["batches"]!.AsArray().ShouldHaveSingleItem()!;
        Text(followUp, "replay_of").ShouldBe(Id(original));
        Text(followUp, "lines").ShouldBe("2");
        var batch = await EndOfAsync(sluice.Acme, Id(followUp));
        Text(batch, "status").ShouldBe("completed");
        batch["request_counts"]!.ToJsonString().ShouldBe("""{"total":2,"completed":2,"failed":0}""");
        Text(batch["x_sluice"]!, "replay_of").ShouldBe(Id(original));
        Text(batch["metadata"]!, "team").ShouldBe("blue");
        Text(batch, "endpoint").ShouldBe(Text(original, "endpoint"));
        (await ResultsAsync(sluice.Acme, batch, "output_file_id")).Keys.Order().ShouldBe(["a", "b"]);
        (await sluice.Acme.GetStringAsync($"/v1/files/{Text(batch, "input_file_id")}/content"))
            .ShouldBe($"{lines[1]}\n{lines[3]}\n");
        var letters = await LettersAsync(sluice.Acme, $"batch={Id(original)}&state=replayed");
        letters.Select(l => (Text(l["replay"]!, "batch"), Text(l["replay"]!, "line"))).Order()
            .ShouldBe([(Id(batch), "1"), (Id(batch), "2")]);
        (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Replays_that_race_send_each_line_once()
    {
        var original = await RunBatchAsync(sluice.Acme, Enumerable.Range(0, 40).Select(i => Flaky($"line-{i}")));
        var ids = (await LettersAsync(sluice.Acme, $"batch={Id(original)}&limit=500")).Select(Id).ToList();
        ids.Count.ShouldBe(40);

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => PostAsync(
            n % 2 == 0 ? sluice.Acme : sluice.Operator,
            "/api/dead-letters/replay",
            new JsonObject { ["ids"] = new JsonArray([.. ids.Skip(n * 4).Take(20).Select(i => (JsonNode)i)]) })));

        var batches = answers.SelectMany(a => a["batches"]!.AsArray().Select(b => Id(b!))).Distinct().ToList();
        var run = new List<string>();
        foreach (var batch in batches)
        {
            run.AddRange((await ResultsAsync(
                sluice.Acme, await EndOfAsync(sluice.Acme, batch), "output_file_id")).Keys);
        }

        run.Order().ShouldBe(Enumerable.Range(0, 40).Select(i => $"line-{i}").Order());
    }

    [Fact]
    public async Task A_line_that_fails_again_is_linked_and_counts_on()
    {
        var original = await RunBatchAsync(sluice.Acme, Bad("never"));
        var first = (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).ShouldHaveSingleItem();

        var replay = await PostAsync(sluice.Acme, $"/api/dead-letters/{Id(first)}/replay");
        var followUp = Text(replay["batches"]![0]!, "id");
        await EndOfAsync(sluice.Acme, followUp);

        var second = (await LettersAsync(sluice.Acme, $"batch={followUp}")).ShouldHaveSingleItem();
        Text(second, "previous").ShouldBe(Id(first));
        Text(second, "attempts").ShouldBe("2");
        Text(await GetAsync(sluice.Acme, $"/api/dead-letters/replays/{Id(replay)}"), "failed_again").ShouldBe("1");
        var repeated = await PostAsync(sluice.Acme, $"/api/dead-letters/{Id(first)}/replay");
        Id(repeated).ShouldBe(Id(replay));
        (await GetAsync(sluice.Acme, "/v1/batches?limit=100"))["data"]!.AsArray()
            .Count(b => b!["x_sluice"]!["replay_of"]?.GetValue<string>() == Id(original)).ShouldBe(1);
    }

    [Fact]
    public async Task An_edited_line_runs_with_its_new_body_once()
    {
        var original = await RunBatchAsync(sluice.Acme, Bad("typo"));
        var letter = Id((await LettersAsync(sluice.Acme, $"batch={Id(original)}")).ShouldHaveSingleItem());
        var edit = new JsonObject { ["body"] = Body("@sim count tokens=3") };
        await RefusedAsync(
            await SendAsync(
                sluice.Acme, $"/api/dead-letters/{letter}/replay", new JsonObject { ["body"] = new JsonObject() }),
            HttpStatusCode.BadRequest, "missing_required_field");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            PostAsync(sluice.Acme, $"/api/dead-letters/{letter}/replay", edit.DeepClone())));

        var followUp = answers.Select(a => Text(a["batches"]![0]!, "id")).Distinct().ShouldHaveSingleItem();
        var batch = await EndOfAsync(sluice.Acme, followUp);
        (await ResultsAsync(sluice.Acme, batch, "output_file_id"))["typo"].ToJsonString().ShouldContain("0 1 2");
        edit["body"] = Body("@sim count tokens=4");
        await RefusedAsync(
            await SendAsync(sluice.Acme, $"/api/dead-letters/{letter}/replay", edit),
            HttpStatusCode.Conflict, "already_replayed");
        Text(await PostAsync(sluice.Acme, $"/api/dead-letters/{letter}/replay"), "status").ShouldBe("completed");
    }

    [Fact]
    public async Task Lines_that_a_cancelled_follow_up_did_not_run_can_be_replayed_again()
    {
        var original = await RunBatchAsync(
            sluice.Acme, [Flaky("quick"), .. Enumerable.Range(0, 3).Select(Slow), Bad("never")]);
        var ids = (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Select(Id).ToList();
        var all = new JsonObject { ["ids"] = new JsonArray([.. ids.Select(i => (JsonNode)i)]) };
        var first = await PostAsync(sluice.Acme, "/api/dead-letters/replay", all.DeepClone());
        var cancelled = Text(first["batches"]![0]!, "id");
        await Eventually.Until("what is quick is done", async () =>
            (await GetAsync(sluice.Acme, $"/v1/batches/{cancelled}"))["request_counts"]!.ToJsonString()
                == """{"total":5,"completed":1,"failed":1}""");

        await JsonAsync(await sluice.Acme.PostAsync($"/v1/batches/{cancelled}/cancel", null));
        var ran = await ResultsAsync(sluice.Acme, await EndOfAsync(sluice.Acme, cancelled), "output_file_id");

        ran.Keys.ShouldBe(["quick"]);
        var open = await LettersAsync(sluice.Acme, $"batch={Id(original)}");
        open.Select(l => Text(l["origin"]!, "custom_id")).Order().ShouldBe(["slow-0", "slow-1", "slow-2"]);
        open.ShouldAllBe(l => l["replay"] == null);
        var edit = new JsonObject { ["body"] = Body("@sim hash") };
        var second = await PostAsync(sluice.Acme, $"/api/dead-letters/{Id(open[0])}/replay", edit);
        var third = await PostAsync(sluice.Acme, "/api/dead-letters/replay", all);
        Text(third, "replayed").ShouldBe("2");
        Text(third, "already_replayed").ShouldBe("3");
        (await ResultsAsync(sluice.Acme, await EndOfAsync(sluice.Acme, Text(second["batches"]![0]!, "id")),
            "output_file_id")).Count.ShouldBe(1);
        await JsonAsync(await sluice.Acme.PostAsync($"/v1/batches/{Text(third["batches"]![0]!, "id")}/cancel", null));
        await EndOfAsync(sluice.Acme, Text(third["batches"]![0]!, "id"));
        (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_follow_up_whose_input_is_refused_leaves_its_letters_open()
    {
        var original = await RunBatchAsync(sluice.Acme, Flaky("a"), Flaky("b"));
        var letters = await LettersAsync(sluice.Acme, $"batch={Id(original)}");
        var database = sluice.Sluice.Database;
        var chunk = ChunkOf(original);
        var stored = (byte[])(await database.ScalarAsync($"SELECT body FROM scheduler.blob_chunks {chunk}"))!;
        await database.ExecuteAsync(
            $"UPDATE scheduler.blob_chunks SET body = convert_to(repeat('x', length(body)), 'utf8') {chunk}");

        var ids = new JsonObject { ["ids"] = new JsonArray([.. letters.Select(l => (JsonNode)Id(l))]) };
        var broken = await PostAsync(sluice.Acme, "/api/dead-letters/replay", ids.DeepClone());
        var failed = await EndOfAsync(sluice.Acme, Text(broken["batches"]![0]!, "id"));
        Text(failed, "status").ShouldBe("failed");

        (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Count.ShouldBe(2);
        await database.ExecuteAsync(
            $"UPDATE scheduler.blob_chunks SET body = decode('{Convert.ToHexString(stored)}', 'hex') {chunk}");
        var repaired = await PostAsync(sluice.Acme, "/api/dead-letters/replay", ids);
        var batch = await EndOfAsync(sluice.Acme, Text(repaired["batches"]![0]!, "id"));
        batch["request_counts"]!.ToJsonString().ShouldBe("""{"total":2,"completed":2,"failed":0}""");
    }

    [Fact]
    public async Task An_edit_in_any_script_stays_as_long_as_it_was_and_one_that_is_too_long_is_refused()
    {
        var original = await RunBatchAsync(sluice.Acme, Bad("typo"));
        var letter = Id((await LettersAsync(sluice.Acme, $"batch={Id(original)}")).ShouldHaveSingleItem());
        await RefusedAsync(
            await EditAsync(letter, "@sim hash " + new string('a', 1_048_450)),
            HttpStatusCode.BadRequest, "line_too_long");

        var replay = await JsonAsync(await EditAsync(letter, "@sim hash " + new string('я', 200_000)));

        var batch = await EndOfAsync(sluice.Acme, Text(replay["batches"]![0]!, "id"));
        batch["request_counts"]!.ToJsonString().ShouldBe("""{"total":1,"completed":1,"failed":0}""");
    }

    [Fact]
    public async Task An_edited_task_of_a_job_keeps_its_type_and_is_checked_by_it()
    {
        var job = await JsonAsync(await sluice.Acme.PostAsync("/api/jobs", new StringContent(
            $$"""{"type":"chat.completions","custom_id":"typo","data":{{Body($"@sim status=422 #{Guid.NewGuid()}")}}}""",
            System.Text.Encoding.UTF8,
            "application/json")));
        await EndOfAsync(sluice.Acme, Text(job, "batch_id"));
        var letter = Id((await LettersAsync(sluice.Acme, $"batch={Text(job, "batch_id")}")).ShouldHaveSingleItem());
        var bad = new JsonObject { ["body"] = new JsonObject { ["model"] = "sluice-sim" } };
        var good = new JsonObject { ["body"] = Body("@sim count tokens=3") };

        await RefusedAsync(
            await SendAsync(sluice.Acme, $"/api/dead-letters/{letter}/replay", bad),
            HttpStatusCode.BadRequest, "invalid_task_data");
        var replay = await PostAsync(sluice.Acme, $"/api/dead-letters/{letter}/replay", good);

        var batch = await EndOfAsync(sluice.Acme, Text(replay["batches"]![0]!, "id"));
        Text(batch, "status").ShouldBe("completed");
        (await ResultsAsync(sluice.Acme, batch, "output_file_id"))["typo"].ToJsonString().ShouldContain("0 1 2");
    }

    [Fact]
    public async Task A_replay_waits_while_its_tenant_has_as_much_queued_as_it_may()
    {
        var original = await RunBatchAsync(sluice.Tight, Flaky("a"), Bad("b"));
        var letters = await LettersAsync(sluice.Tight, $"batch={Id(original)}");
        var first = letters.Single(l => Text(l["origin"]!, "custom_id") == "a");
        var second = letters.Single(l => Text(l["origin"]!, "custom_id") == "b");
        var running = await SubmitAsync(sluice.Tight, Line("long", "@sim first_ms=600000"));

        var replay = await PostAsync(sluice.Tight, $"/api/dead-letters/{Id(first)}/replay");
        await RefusedAsync(
            await SendAsync(
                sluice.Tight, $"/api/dead-letters/{Id(second)}/replay",
                new JsonObject { ["body"] = Body("@sim hash") }),
            HttpStatusCode.TooManyRequests, "tenant_batches_limit");

        Text(replay, "status").ShouldBe("running");
        Text(replay, "replayed").ShouldBe("0");
        await JsonAsync(await sluice.Tight.PostAsync($"/v1/batches/{running}/cancel", null));
        var ended = await Eventually.Value("it went on", async () =>
        {
            var now = await GetAsync(sluice.Tight, $"/api/dead-letters/replays/{Id(replay)}");
            return Text(now, "status") == "completed" ? now : null;
        });
        Text(ended, "replayed").ShouldBe("1");
        Text(await EndOfAsync(sluice.Tight, Text(ended["batches"]![0]!, "id")), "status").ShouldBe("completed");
    }

    [Fact]
    public async Task A_replay_at_a_rate_stops_when_too_many_fail_again()
    {
        var original = await RunBatchAsync(sluice.Acme, Enumerable.Range(0, 25).Select(i => Bad($"bad-{i}")));
        var count = await PostAsync(sluice.Acme, "/api/dead-letters/replay", ByFilter(original, dryRun: true));
        var request = ByFilter(original);
        request["token"] = Text(count, "token");
        request["rate"] = 10;
        request["stop_after_failures"] = 5;

        var replay = await PostAsync(sluice.Acme, "/api/dead-letters/replay", request);

        Text(replay, "status").ShouldBe("running");
        Text(replay, "replayed").ShouldBe("10");
        var stopped = await Eventually.Value("it stopped", async () =>
        {
            var now = await GetAsync(sluice.Acme, $"/api/dead-letters/replays/{Id(replay)}");
            return Text(now, "status") == "stopped" ? now : null;
        });
        Text(stopped, "failed_again").ShouldBe("10");
        Text(stopped, "replayed").ShouldBe("10");
        Text(stopped, "stopped_because").ShouldContain("failed again");
        (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Count.ShouldBe(15);
    }

    [Fact]
    public async Task A_replay_without_a_rate_stops_too_and_goes_faster_while_lines_succeed()
    {
        string[] lines =
        [
            .. Enumerable.Range(0, 12).Select(i => Flaky($"good-{i}")),
            .. Enumerable.Range(0, 60).Select(i => Bad($"bad-{i}")),
        ];
        var original = await RunBatchAsync(sluice.Acme, lines);
        var count = await PostAsync(sluice.Acme, "/api/dead-letters/replay", ByFilter(original, dryRun: true));
        var request = ByFilter(original);
        request["token"] = Text(count, "token");
        request["stop_after_failures"] = 4;

        var replay = await PostAsync(sluice.Acme, "/api/dead-letters/replay", request);

        Text(replay, "status").ShouldBe("running");
        Text(replay, "replayed").ShouldBe("4");
        var stopped = await Eventually.Value("it stopped", async () =>
        {
            var now = await GetAsync(sluice.Acme, $"/api/dead-letters/replays/{Id(replay)}");
            return Text(now, "status") == "stopped" ? now : null;
        });

        // 4, 4 and 8 more, of which the last 4 fail.
        Text(stopped, "replayed").ShouldBe("16");
        Text(stopped, "failed_again").ShouldBe("4");
        stopped["batches"]!.AsArray().Count.ShouldBe(3);
        (await LettersAsync(sluice.Acme, $"batch={Id(original)}&limit=500")).Count.ShouldBe(56);
    }

    [Fact]
    public async Task A_deleted_file_is_the_payload_of_its_letters_as_long_as_there_are_any()
    {
        var original = await RunBatchAsync(sluice.Acme, Flaky("a"), Bad("b"));
        var ids = (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Select(Id).ToList();
        var chunks = $"SELECT count(*) FROM scheduler.blob_chunks {ChunkOf(original)}";
        var file = Text(original, "input_file_id");
        await JsonAsync(await sluice.Acme.DeleteAsync($"/v1/files/{file}"));

        await sluice.Get<FileSweep>().RunAsync(default);
        (await sluice.Sluice.Database.ScalarAsync(chunks)).ShouldBe(1L);
        (await sluice.Acme.GetAsync($"/v1/files/{file}/content")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        var all = new JsonObject { ["ids"] = new JsonArray([.. ids.Select(i => (JsonNode)i)]) };
        var replay = await PostAsync(sluice.Acme, "/api/dead-letters/replay", all);
        var batch = await EndOfAsync(sluice.Acme, Text(replay["batches"]![0]!, "id"));
        batch["request_counts"]!.ToJsonString().ShouldBe("""{"total":2,"completed":1,"failed":1}""");

        // Replayed, and the follow-up batch has a file of its own.
        await sluice.Get<FileSweep>().RunAsync(default);
        (await sluice.Sluice.Database.ScalarAsync(chunks)).ShouldBe(0L);
    }

    [Fact]
    public async Task What_is_foreign_purged_gone_or_counted_otherwise_is_not_replayed()
    {
        var original = await RunBatchAsync(sluice.Acme, Bad("a"), Bad("b"), Bad("c"));
        var ids = (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Select(Id).ToList();
        var all = new JsonObject { ["ids"] = new JsonArray([.. ids.Select(i => (JsonNode)i)]) };

        await NotFoundAsync(SendAsync(sluice.Globex, "/api/dead-letters/replay", all.DeepClone()));
        await NotFoundAsync(SendAsync(sluice.Globex, $"/api/dead-letters/{ids[0]}/replay"));
        await NotFoundAsync(sluice.Globex.DeleteAsync($"/api/dead-letters/{ids[0]}"));
        (await sluice.Acme.DeleteAsync($"/api/dead-letters/{ids[0]}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await NotFoundAsync(SendAsync(sluice.Acme, "/api/dead-letters/replay", all));
        await NotFoundAsync(SendAsync(sluice.Acme, $"/api/dead-letters/{ids[0]}/replay"));
        await NotFoundAsync(sluice.Acme.DeleteAsync($"/api/dead-letters/{ids[0]}"));

        var byFilter = ByFilter(original);
        byFilter["token"] = $"{Guid.NewGuid():N}-3";
        await RefusedAsync(
            await SendAsync(sluice.Acme, "/api/dead-letters/replay", byFilter), HttpStatusCode.Conflict,
            "count_changed");

        await sluice.Sluice.Database.ExecuteAsync($"DELETE FROM scheduler.blob_chunks {ChunkOf(original)}");
        (await GetAsync(sluice.Acme, $"/api/dead-letters/{ids[1]}"))["payload"].ShouldBeNull();
        var gone = await PostAsync(sluice.Acme, $"/api/dead-letters/{ids[1]}/replay");
        Text(gone, "skipped").ShouldBe("1");
        Text(gone, "replayed").ShouldBe("0");
        (await LettersAsync(sluice.Acme, $"batch={Id(original)}")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Purging_by_filter_counts_first()
    {
        var original = await RunBatchAsync(sluice.Acme, Bad("a"), Bad("b", 404));
        var path = $"/api/dead-letters?batch={Id(original)}";

        Text(await JsonAsync(await sluice.Acme.DeleteAsync(path)), "count").ShouldBe("2");
        await RefusedAsync(
            await sluice.Acme.DeleteAsync($"{path}&expected_count=3"), HttpStatusCode.Conflict, "count_changed");
        Text(await JsonAsync(await sluice.Globex.DeleteAsync($"{path}&expected_count=0")), "count").ShouldBe("0");
        Text(await JsonAsync(await sluice.Acme.DeleteAsync($"{path}&code=http_404&expected_count=1")), "count")
            .ShouldBe("1");

        Text((await LettersAsync(sluice.Acme, $"batch={Id(original)}")).ShouldHaveSingleItem()["cause"]!, "code")
            .ShouldBe("http_422");
    }

    [Theory]
    [InlineData("""[]""", "invalid_json")]
    [InlineData("""nonsense""", "invalid_json")]
    [InlineData("""{"\ud800":1}""", "invalid_json")]
    [InlineData("""{}""", "invalid_parameter")]
    [InlineData("""{"ids":["dl_0197c2a4b8e07c7a9e1f5d3b2a190807"],"filter":{}}""", "invalid_parameter")]
    [InlineData("""{"ids":[]}""", "invalid_parameter")]
    [InlineData("""{"ids":[17]}""", "invalid_parameter")]
    [InlineData("""{"filter":{}}""", "token_required")]
    [InlineData("""{"filter":{},"token":"x"}""", "invalid_parameter")]
    [InlineData("""{"filter":{"state":"replayed"},"dry_run":true}""", "invalid_parameter")]
    [InlineData("""{"filter":{"bacth":"x"},"dry_run":true}""", "unknown_parameter")]
    [InlineData("""{"filter":{},"dry_run":true,"rate":0}""", "invalid_parameter")]
    [InlineData("""{"filter":{},"dry_run":true,"rate":10001}""", "invalid_parameter")]
    [InlineData("""{"filter":{},"dry_run":true,"stop_after_failures":-1}""", "invalid_parameter")]
    [InlineData("""{"filter":{},"dry_run":"yes"}""", "invalid_parameter")]
    public async Task A_bad_replay_request_is_refused(string body, string code)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        await RefusedAsync(
            await sluice.Acme.PostAsync("/api/dead-letters/replay", content), HttpStatusCode.BadRequest, code);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{"body":1}""")]
    [InlineData("""{"body":{},"more":1}""")]
    [InlineData("""{"\ud800":{}}""")]
    [InlineData("""{"body":{"\ud800":1}}""")]
    [InlineData("""{"body":{"a":["\ud800"]}}""")]
    public async Task A_bad_edit_is_refused(string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        await RefusedAsync(
            await sluice.Acme.PostAsync("/api/dead-letters/dl_0197c2a4b8e07c7a9e1f5d3b2a190807/replay", content),
            HttpStatusCode.BadRequest,
            "invalid_json");
    }

    /// <summary>Refused once, for good, and answered after that.</summary>
    private static string Flaky(string customId) => Line(customId, $"@sim hash status=422 times=1 #{Guid.NewGuid()}");

    private static JsonObject ByFilter(JsonNode batch, bool dryRun = false) => new()
    {
        ["filter"] = new JsonObject { ["batch"] = Id(batch), ["type"] = "line" },
        ["dry_run"] = dryRun,
    };

    /// <summary>Refused once, for good, and answered after that, in ten minutes.</summary>
    private static string Slow(int n) =>
        Line($"slow-{n}", $"@sim hash first_ms=600000 status=422 times=1 #{Guid.NewGuid()}");

    /// <summary>With a text that is not escaped, over several lines.</summary>
    private async Task<HttpResponseMessage> EditAsync(string letter, string message) => await sluice.Acme.PostAsync(
        $"/api/dead-letters/{letter}/replay",
        new StringContent(
            "{\"body\":{\"model\":\"sluice-sim\",\n\"messages\":[{\"role\":\"user\",\"content\":\""
                + message + "\"}]}}",
            System.Text.Encoding.UTF8, "application/json"));

    private static string ChunkOf(JsonNode batch) =>
        $"""
         WHERE blob_id = (SELECT blob_id FROM scheduler.dead_letters
                          WHERE batch_id = '{Guid.Parse(Id(batch)["batch_".Length..])}' LIMIT 1)
         """;

    private static async Task NotFoundAsync(Task<HttpResponseMessage> answer) =>
        await RefusedAsync(await answer, HttpStatusCode.NotFound, "dead_letter_not_found");

    private static string Id(JsonNode of) => Text(of, "id");

    private static string Text(JsonNode of, string member) => of[member]!.ToString();
}
