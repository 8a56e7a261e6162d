using System.Globalization;
using System.Net;
using System.Text.Json;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>A POST that is repeated makes no second response, at whatever instance it arrives.</summary>
public sealed class RepeatedCreationTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private PostgresDatabase _database = null!;
    private SimulatorProcess _simulator = null!;
    private StreamingProcess _here = null!;
    private StreamingProcess _there = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _simulator = await SimulatorProcess.StartAsync();
        _here = await StartAsync();
        _there = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _simulator.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_retry_gets_the_first_answer_and_a_first_request_makes_another_response()
    {
        var first = await PostAsync(_here, "a", count: 0, at: 0);
        var retry = await PostAsync(_there, "a", count: 1, at: 1);
        var again = await PostAsync(_here, "a", count: 2, at: 2);
        var other = await PostAsync(_there, "a", count: 0, at: 3);
        var twin = await PostAsync(_there, "b", count: 1, at: 4);
        var foreign = await PostAsync(_there, "a", count: 1, at: 5, tenant: "other");

        retry.ShouldBe(first);
        again.ShouldBe(first);
        ((string[])[Id(first), Id(other), Id(twin), Id(foreign)]).Distinct().Count().ShouldBe(4);
        await Eventually.Until("each is generated once", async () => await _simulator.StatAsync("calls") == 4);
    }

    [Fact]
    public async Task First_post_and_retries_at_the_same_time_make_one_response()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(count => PostAsync(count % 2 == 0 ? _here : _there, "c", count, at: count)));

        answers.Distinct().ShouldHaveSingleItem();
        (await ResponsesAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_retry_of_a_streamed_one_streams_the_same_events()
    {
        const string body =
            """{"model":"far-model","input":"@sim count tokens=20 delay_ms=5","background":true,"stream":true}""";
        var first = await ReadAsync(_here, body, count: 0);
        var retry = await ReadAsync(_there, body, count: 1);

        retry.ShouldBe(first);
        retry.ShouldContain("event: response.completed\n");
    }

    [Fact]
    public async Task A_retry_after_the_window_makes_a_response()
    {
        var first = await PostAsync(_here, "d", count: 0, at: 0);
        await _database.ExecuteAsync(
            "UPDATE streaming.response_creations SET created_at = created_at - interval '10 minutes 1 second'");

        Id(await PostAsync(_here, "d", count: 1, at: 700)).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task A_key_gets_the_same_answer_for_a_day_and_is_refused_with_another_body()
    {
        var first = await PostAsync(_here, "e", count: 0, at: 0, key: "one");
        await Eventually.Until("it has ended", async () =>
            (await _here.Client.GetStringAsync($"/v1/responses/{Id(first)}")).Contains("\"completed\""));
        var again = await PostAsync(_there, "e", count: 0, at: 1, key: "one");
        var other = await PostAsync(_there, "e", count: 1, at: 2, key: "two");
        using var reused = await SendAsync(_there, Body("f"), count: 0, at: 3, key: "one");
        await _database.ExecuteAsync(
            "UPDATE streaming.response_creations SET created_at = created_at - interval '24 hours 1 second'");
        var nextDay = await PostAsync(_there, "f", count: 0, at: 4, key: "one");

        again.ShouldBe(first);
        ((string[])[Id(first), Id(other), Id(nextDay)]).Distinct().Count().ShouldBe(3);
        reused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await SseText.ErrorOf(reused)).GetProperty("code").GetString().ShouldBe("idempotency_key_reused");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_holds_in_the_foreground_too_while_the_response_runs_and_after_it(bool stream)
    {
        var body = JsonSerializer.Serialize(
            new { model = "far-model", input = "@sim count tokens=60 delay_ms=10", stream });
        var first = SendAsync(_here, body, count: 0, at: 0, key: "six");
        await Eventually.Until("it is stored", async () => await ResponsesAsync() == 1);

        using var meanwhile = await SendAsync(_there, body, count: 0, at: 1, key: "six");
        using var made = await first;
        using var after = await SendAsync(_there, body, count: 1, at: 2, key: "six");
        using var reused = await SendAsync(_there, body + " ", count: 0, at: 3, key: "six");
        using var unkeyed = await SendAsync(_here, body, count: 1, at: 4);

        var text = await made.Content.ReadAsStringAsync();
        text.ShouldContain("0 1 2 3");
        (await meanwhile.Content.ReadAsStringAsync()).ShouldBe(text);
        (await after.Content.ReadAsStringAsync()).ShouldBe(text);
        reused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await unkeyed.Content.ReadAsStringAsync()).ShouldNotBe(text);
        (await _simulator.StatAsync("calls")).ShouldBe(2);
    }

    [Fact]
    public async Task A_key_of_what_the_model_refused_is_free_again()
    {
        const string body = """{"model":"far-model","input":"@sim count tokens=3 status=422 times=1"}""";

        using var refused = await SendAsync(_here, body, count: 0, at: 0, key: "seven");
        var made = await Eventually.Value("the key is free again", async () =>
        {
            using var answer = await SendAsync(_there, body, count: 0, at: 1, key: "seven");
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        });

        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        made.ShouldContain("0 1 2");
    }

    [Fact]
    public async Task A_key_of_what_failed_in_mid_answer_makes_a_fresh_one()
    {
        const string body = """{"model":"far-model","input":"@sim count tokens=9 fail_after=4"}""";

        using var failed = await SendAsync(_here, body, count: 0, at: 0, key: "eight");
        using var again = await SendAsync(_there, body, count: 1, at: 1, key: "eight");

        failed.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        again.StatusCode.ShouldBe(HttpStatusCode.BadGateway);
        (await ResponsesAsync()).ShouldBe(2);
        (await _simulator.StatAsync("calls")).ShouldBe(2);
    }

    [Theory]
    [InlineData("cancelled", false, true)]
    [InlineData("failed", false, true)]
    [InlineData("completed", false, false)]
    [InlineData("cancelled", true, false)]
    public async Task A_key_of_what_was_cut_in_the_foreground_is_free_for_a_whole_answer(
        string state, bool background, bool isFree)
    {
        var body = JsonSerializer.Serialize(new { model = "far-model", input = "@sim count tokens=3", background });
        using var first = await SendAsync(_here, body, count: 0, at: 0, key: "nine");
        var id = Id(await first.Content.ReadAsStringAsync());
        await Eventually.Until("it has ended", async () =>
            await _database.ScalarAsync("SELECT state FROM streaming.responses") is "completed");
        await _database.ExecuteAsync($"UPDATE streaming.responses SET state = '{state}'");

        using var again = await SendAsync(_there, body, count: 1, at: 1, key: "nine");
        var other = Id(await again.Content.ReadAsStringAsync());
        using var last = await SendAsync(_here, body, count: 2, at: 2, key: "nine");

        (other != id).ShouldBe(isFree);
        Id(await last.Content.ReadAsStringAsync()).ShouldBe(other);
    }

    [Fact]
    public async Task Repetitions_at_the_same_time_of_what_has_ended_all_get_it()
    {
        const string body = """{"model":"far-model","input":"@sim count tokens=3"}""";
        using var first = await SendAsync(_here, body, count: 0, at: 0, key: "ten");
        var text = await first.Content.ReadAsStringAsync();

        var answers = await Task.WhenAll(Enumerable.Range(1, 12)
            .Select(count => SendAsync(count % 2 == 0 ? _here : _there, body, count, at: count, key: "ten")));

        foreach (var answer in answers)
        {
            (await answer.Content.ReadAsStringAsync()).ShouldBe(text);
            answer.Dispose();
        }
    }

    [Fact]
    public async Task A_repetition_that_waits_for_an_answer_holds_no_place_to_generate_one()
    {
        const string body = """{"model":"far-model","input":"@sim count tokens=9000 delay_ms=10"}""";
        var first = SendAsync(_here, body, count: 0, at: 0, key: "eleven");
        await Eventually.Until("it is stored", async () => await ResponsesAsync() == 1);
        var id = "resp_" + await _database.ScalarAsync("SELECT replace(id::text, '-', '') FROM streaming.responses");

        var repeated = SendAsync(_there, body, count: 1, at: 1, key: "eleven");
        await Eventually.Until("the repetition waits", async () =>
        {
            foreach (var answer in ((Task<HttpResponseMessage>[])[first, repeated]).Where(one => one.IsCompleted))
            {
                throw new InvalidOperationException(
                    $"It is answered: {await (await answer).Content.ReadAsStringAsync()}");
            }

            return _there.Followed == 1;
        });
        var places = _there.ActiveResponses;
        (await _here.Client.PostAsync($"/v1/responses/{id}/cancel", null)).EnsureSuccessStatusCode();
        using var made = await first;
        using var joined = await repeated;

        places.ShouldBe(0);
        (await joined.Content.ReadAsStringAsync()).ShouldBe(await made.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_key_whose_request_still_runs_is_refused_for_now_and_free_once_its_process_is_fenced()
    {
        var first = await PostAsync(_here, "g", count: 0, at: 0, key: "three");
        await _database.ExecuteAsync("DELETE FROM streaming.responses");

        // As if its first commit were still to come; and then as if it never could.
        using var running = await SendAsync(_there, Body("g"), count: 0, at: 1, key: "three");
        await _database.ExecuteAsync(
            $"UPDATE streaming.response_creations SET instance = '{Guid.NewGuid()}' WHERE idempotency_key = 'three'");
        var made = await PostAsync(_there, "g", count: 0, at: 2, key: "three");

        running.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        running.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(running)).GetProperty("code").GetString().ShouldBe("idempotency_key_in_use");
        Id(made).ShouldNotBe(Id(first));
    }

    [Fact]
    public async Task What_was_refused_has_made_nothing()
    {
        const string continued =
            """{"model":"far-model","input":"hello","background":true,"previous_response_id":"resp_none"}""";
        using var refused = await SendAsync(_here, continued, count: 0, at: 0, key: "four");
        var made = await Eventually.Value("the key is free again", async () =>
        {
            using var answer = await SendAsync(_there, Body("h"), count: 0, at: 1, key: "four");
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        });
        using var tooLong = await SendAsync(_here, Body("h"), count: 0, at: 2, key: new string('k', 256));

        refused.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        Id(made).ShouldStartWith("resp_");
        tooLong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_deleted_response_is_forgotten_with_its_key()
    {
        var first = await PostAsync(_here, "i", count: 0, at: 0, key: "five");
        (await _here.Client.DeleteAsync($"/v1/responses/{Id(first)}")).EnsureSuccessStatusCode();

        await Eventually.Until("it is forgotten", async () => await ResponsesAsync() == 0);

        Id(await PostAsync(_here, "i", count: 0, at: 1, key: "five")).ShouldNotBe(Id(first));
    }

    private Task<StreamingProcess> StartAsync() => StreamingProcess.WithProviderAsync(
        _simulator.Address,
        $"--ConnectionStrings:Postgres={_database.Uri}",
        "--Log:CompactInterval=00:00:00.2");

    private async Task<long> ResponsesAsync() =>
        (long)(await _database.ScalarAsync("SELECT count(*) FROM streaming.responses"))!;

    private static string Id(string answer) => JsonElement.Parse(answer).GetProperty("id").GetString()!;

    private static string Body(string input) => $$"""{"model":"far-model","input":"{{input}}","background":true}""";

    private static async Task<string> PostAsync(
        StreamingProcess process, string input, int count, int at, string? key = null, string tenant = "dev")
    {
        using var answer = await SendAsync(process, Body(input), count, at, key, tenant);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    private static async Task<string> ReadAsync(StreamingProcess process, string body, int count)
    {
        using var answer = await SendAsync(process, body, count, at: count);
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> SendAsync(
        StreamingProcess process, string body, int count, int at, string? key = null, string tenant = "dev")
    {
        using var client = process.NewClient(withSecret: true, tenant);
        var headers = client.DefaultRequestHeaders;
        headers.Add("X-Stainless-Retry-Count", count.ToString(CultureInfo.InvariantCulture));
        headers.Add(InternalHeaders.ReceivedAt, Start.AddSeconds(at).ToUnixTimeMilliseconds().ToString(
            CultureInfo.InvariantCulture));
        if (key is not null)
        {
            headers.Add("Idempotency-Key", key);
        }

        var answer = await StreamingProcess.PostAsync(client, body, "/v1/responses");
        await answer.Content.LoadIntoBufferAsync();
        return answer;
    }
}
