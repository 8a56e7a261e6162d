using System.Net;
using System.Text.Json;
using Npgsql;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What happens to streams when the database, or the instance that writes to it, is in trouble.</summary>
public sealed class LogFaultTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private FaultProxy _proxy = null!;
    private string _throughProxy = "";

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        var address = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        _proxy = FaultProxy.To(address.Host!, address.Port);
        _throughProxy = new UriBuilder(_database.Uri) { Host = "127.0.0.1", Port = _proxy.Port }.Uri.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_cut_again_and_again_costs_no_event_and_doubles_none()
    {
        await using var streaming = await StartAsync();
        var text = ReadAsync(streaming, "@sim count tokens=400 delay_ms=5");

        while (!text.IsCompleted)
        {
            // At another byte of the answers each time, after enough of them to connect again and commit some events.
            var cuts = _proxy.Cuts;
            _proxy.CutAfter(2_000 + (cuts * 7 % 400));
            await Eventually.Until("it was cut", () => _proxy.Cuts > cuts || text.IsCompleted);
        }

        // Npgsql throws into whoever cancels a query while its connection breaks; the host does so when it ends.
        _proxy.CutAfter(long.MaxValue);
        SseText.Content(await ReadAsync(streaming, "@sim count tokens=1")).ShouldBe("0");

        _proxy.Cuts.ShouldBeGreaterThan(5);
        SseText.Content(await text).ShouldBe(string.Join(' ', Enumerable.Range(0, 400)));
        SseText.Ids(await text).ShouldBe(Enumerable.Range(0, 403).Select(n => $"{n}"));
    }

    [Fact]
    public async Task A_silent_database_pauses_streams_and_then_they_go_on_whole()
    {
        await using var streaming = await StartAsync("--Log:StallAfter=00:00:00.5");
        var text = ReadAsync(streaming, "@sim count tokens=100 delay_ms=10");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);

        _proxy.OpenHole();
        await _database.ScalarAsync("SELECT pg_sleep(1)");
        _proxy.CloseHole();

        (await text).ShouldEndWith("data: [DONE]\n\n");
        SseText.Content(await text).ShouldBe(string.Join(' ', Enumerable.Range(0, 100)));
    }

    [Fact]
    public async Task A_pause_for_the_database_is_no_silence_of_the_provider()
    {
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var streaming = await StartAsync(
            "--Log:MaxUncommittedBytes=4096",
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1",
            "--Inference:Providers:far:Models:0=far-model",
            "--Inference:Providers:far:GapTimeout=00:00:02");
        using var answer = await streaming.ChatAsync("@sim count tokens=3000 delay_ms=1", stream: true, "far-model");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);

        _proxy.OpenHole();
        await _database.ScalarAsync("SELECT pg_sleep(3)");
        _proxy.CloseHole();

        SseText.Content(await answer.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 3_000)));
    }

    [Fact]
    public async Task A_database_away_for_too_long_ends_streams_with_an_error_and_refuses_new_ones()
    {
        await using var streaming = await StartAsync("--Log:CommitDeadline=00:00:01", "--Log:StallAfter=00:00:00.5");
        var text = ReadAsync(streaming, "@sim count tokens=5000 delay_ms=10");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);

        _proxy.CutAfter(0);
        SseText.Error(await text).GetProperty("code").GetString().ShouldBe("log_unavailable");
        using var refused = await streaming.ChatAsync("@sim count", stream: true);

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("log_unavailable");
        var content = SseText.Content(await text);
        content.ShouldBe(string.Join(' ', Enumerable.Range(0, content.Split(' ').Length)));

        // The event of the error has no position; every other one that was delivered had been committed before.
        SseText.Ids(await text).Count().ShouldBeLessThanOrEqualTo(await EventsAsync());
    }

    [Fact]
    public async Task A_database_silent_for_too_long_ends_streams_and_refuses_new_ones_while_a_commit_still_waits()
    {
        await using var streaming = await StartAsync(
            "--Log:CommitDeadline=00:00:01", "--Log:StallAfter=00:00:00.5", "--Log:CommitTimeout=00:00:00.5");
        var text = ReadAsync(streaming, "@sim count tokens=5000 delay_ms=10");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);

        _proxy.OpenHole();
        await Eventually.Until("new work is refused", async () =>
        {
            using var refused = await streaming.ChatAsync("@sim count tokens=1", stream: true);
            return refused.StatusCode == HttpStatusCode.ServiceUnavailable;
        });

        SseText.Error(await text).GetProperty("code").GetString().ShouldBe("log_unavailable");
        SseText.Ids(await text).Count().ShouldBeLessThanOrEqualTo(await EventsAsync());
        _proxy.CloseHole();
    }

    [Fact]
    public async Task An_idle_instance_refuses_its_first_request_while_the_database_is_away_and_not_after_it()
    {
        await using var streaming = await StartAsync(
            "--Log:StallAfter=00:00:00.5", "--Instances:RenewEvery=00:00:00.1");
        _proxy.CutAfter(0);
        await Eventually.Until(
            "renewals have failed for that long", () => streaming.Unanswered >= TimeSpan.FromSeconds(0.5));

        using var chat = await streaming.ChatAsync("@sim count tokens=3", stream: true);
        using var response = await StreamingProcess.PostAsync(
            streaming.Client, """{"model":"sluice-sim","input":"hello","background":true}""", "/v1/responses");
        using var unlogged = streaming.NewClient(withSecret: true);
        unlogged.DefaultRequestHeaders.Add("Sluice-Durability", "none");
        using var answer = await StreamingProcess.PostAsync(
            unlogged,
            """{"model":"sluice-sim","stream":true,"messages":[{"role":"user","content":"@sim count tokens=3"}]}""");
        _proxy.CutAfter(long.MaxValue);

        foreach (var refused in (HttpResponseMessage[])[chat, response])
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter.ShouldNotBeNull();
            (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("log_unavailable");
        }

        SseText.Content(await answer.Content.ReadAsStringAsync()).ShouldBe("0 1 2");
        await Eventually.Until("new work is taken again", async () =>
        {
            using var next = await streaming.ChatAsync("@sim count tokens=3", stream: true);
            return next.IsSuccessStatusCode && SseText.Content(await next.Content.ReadAsStringAsync()) == "0 1 2";
        });
    }

    [Fact]
    public async Task A_stream_without_the_log_needs_neither_the_database_nor_its_instance()
    {
        await using var streaming = await StartAsync("--Log:CommitDeadline=00:00:00.5", "--Log:StallAfter=00:00:00.5");
        var logged = ReadAsync(streaming, "@sim count tokens=5000 delay_ms=10");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);
        streaming.Client.DefaultRequestHeaders.Add("Sluice-Durability", "none");
        var text = ReadAsync(streaming, "@sim count tokens=200 delay_ms=10");

        await _database.ExecuteAsync("UPDATE streaming.instances SET fenced = true");
        _proxy.CutAfter(0);
        await Eventually.Until("the logged stream has felt it", () => logged.IsCompleted);

        SseText.Content(await text).ShouldBe(string.Join(' ', Enumerable.Range(0, 200)));
        SseText.Content(await ReadAsync(streaming, "@sim count tokens=3")).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task Reading_what_is_stored_gets_503_while_the_database_is_away_and_is_whole_after_it()
    {
        await using var streaming = await StartAsync();
        var text = await ReadAsync(streaming, "@sim count tokens=10");

        _proxy.CutAfter(0);
        using var refused = await streaming.ResumeAsync(SseText.IdOf(text), "-1");
        _proxy.CutAfter(long.MaxValue);
        using var again = await streaming.ResumeAsync(SseText.IdOf(text), "-1");

        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await again.Content.ReadAsStringAsync()).ShouldBe(text);
    }

    [Fact]
    public async Task A_fenced_instance_writes_nothing_more_and_its_reader_gets_an_end()
    {
        // No request is kept, so nobody can go on with its answer.
        await using var streaming = await StartAsync("--Log:MaxRequestBytes=0");
        var text = ReadAsync(streaming, "@sim count tokens=5000 delay_ms=5");
        await Eventually.Until("the response is stored", async () => await ResponsesAsync() == 1);

        await _database.ExecuteAsync("UPDATE streaming.instances SET fenced = true");

        SseText.Error(await text).GetProperty("code").GetString().ShouldBe("response_interrupted");
        var content = SseText.Content(await text);
        content.ShouldBe(string.Join(' ', Enumerable.Range(0, content.Split(' ').Length)));
        var again = await (await streaming.ResumeAsync(SseText.IdOf(await text), "-1")).Content.ReadAsStringAsync();
        again.ShouldBe(await text);
        using var next = await streaming.ChatAsync("@sim count tokens=3", stream: true);
        SseText.Content(await next.Content.ReadAsStringAsync()).ShouldBe("0 1 2");
    }

    [Fact]
    public async Task A_response_that_a_takeover_has_ended_keeps_its_text_in_its_object()
    {
        await using var streaming = await StartAsync("--Log:MaxRequestBytes=0", "--Log:PageRows=1");
        using var answer = await StreamingProcess.PostAsync(
            streaming.Client,
            """
            {"model":"sluice-sim","input":"@sim count tokens=5000 delay_ms=5","stream":true,
            "metadata":{"a":"b \ud83d\ude00"}}
            """,
            "/v1/responses");
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var text = await SseText.ReadFramesAsync(reader, 20);
        await Eventually.Until("some rows are there", async () =>
            await CountAsync("SELECT count(*) FROM streaming.response_events") > 1);

        await _database.ExecuteAsync("UPDATE streaming.instances SET fenced = true");
        text += await reader.ReadToEndAsync();
        var created = JsonElement.Parse(SseText.Data(text)[0]).GetProperty("response");
        var id = created.GetProperty("id").GetString();
        var response = JsonElement.Parse(await streaming.Client.GetStringAsync($"/v1/responses/{id}"));

        SseText.Error(text).GetProperty("code").GetString().ShouldBe("response_interrupted");
        var deltas = SseText.Data(text).Select(data => JsonElement.Parse(data))
            .Where(one => one.TryGetProperty("delta", out _)).Select(one => one.GetProperty("delta").GetString()!)
            .ToList();
        response.GetProperty("status").GetString().ShouldBe("failed");
        response.GetProperty("error").GetProperty("code").GetString().ShouldBe("response_interrupted");
        var item = response.GetProperty("output")[0];
        item.GetProperty("status").GetString().ShouldBe("incomplete");
        item.GetProperty("content")[0].GetProperty("text").GetString().ShouldBe(string.Concat(deltas));
        response.GetProperty("usage").GetProperty("output_tokens").GetInt32().ShouldBe(deltas.Count);
        response.GetProperty("metadata").GetRawText().ShouldBe(created.GetProperty("metadata").GetRawText());
        response.EnumerateObject().Select(member => member.Name)
            .ShouldBe(created.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task What_the_database_refuses_ends_its_own_response_only()
    {
        await using var streaming = await StartAsync();
        await _database.ExecuteAsync(
            "ALTER TABLE streaming.responses ADD CONSTRAINT no_tall_prompt CHECK (model <> 'far-model')");
        await using var simulator = await SimulatorProcess.StartAsync();
        await using var other = await StartAsync(
            $"--Inference:Providers:far:BaseUrl={simulator.Address}v1", "--Inference:Providers:far:Models:0=far-model");

        var good = Enumerable.Range(0, 20).Select(_ => ReadAsync(other, "@sim count tokens=50 delay_ms=2")).ToList();
        using var refused = await other.ChatAsync("@sim count tokens=50 delay_ms=2", stream: true, "far-model");

        refused.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await SseText.ErrorOf(refused)).GetProperty("code").GetString().ShouldBe("log_refused");
        foreach (var text in await Task.WhenAll(good))
        {
            SseText.Content(text).ShouldBe(string.Join(' ', Enumerable.Range(0, 50)));
        }
    }

    [Fact]
    public async Task What_the_database_refuses_in_mid_stream_is_not_delivered_and_leaves_an_end()
    {
        await using var streaming = await StartAsync();
        await _database.ExecuteAsync(
            """
            ALTER TABLE streaming.response_events ADD CONSTRAINT no_seven
            CHECK (position('"content":" 7"'::bytea in payload) = 0);
            ALTER TABLE streaming.response_journal ADD CONSTRAINT no_seven
            CHECK (position(encode('"content":" 7"', 'hex') in array_to_string(payloads, '')) = 0)
            """);

        var text = await ReadAsync(streaming, "@sim count tokens=50 delay_ms=50");
        var again = await (await streaming.ResumeAsync(SseText.IdOf(text), "-1")).Content.ReadAsStringAsync();

        // What was to be committed together with it is refused with it.
        SseText.Content(text).ShouldStartWith("0");
        "0 1 2 3 4 5 6".ShouldStartWith(SseText.Content(text));
        SseText.Error(text).GetProperty("code").GetString().ShouldBe("log_refused");
        SseText.Content(again).ShouldBe(SseText.Content(text));
        SseText.Error(again).GetProperty("code").GetString().ShouldBe("log_refused");
    }

    [Fact]
    public async Task What_the_journal_took_and_no_row_may_hold_ends_its_response_with_the_rows_before()
    {
        await using var streaming = await StartAsync("--Log:RowInterval=00:00:00.2");
        await _database.ExecuteAsync(
            """
            ALTER TABLE streaming.response_events ADD CONSTRAINT no_seven
            CHECK (position('"content":" 7"'::bytea in payload) = 0)
            """);

        var text = await ReadAsync(streaming, "@sim count tokens=99999 delay_ms=20");

        SseText.Error(text).GetProperty("code").GetString().ShouldBe("log_refused");
        await Eventually.Until("its end is stored", async () =>
            await _database.ScalarAsync("SELECT state FROM streaming.responses") is "failed");
        var again = await (await streaming.ResumeAsync(SseText.IdOf(text), "-1")).Content.ReadAsStringAsync();
        SseText.Error(again).GetProperty("code").GetString().ShouldBe("log_refused");
        SseText.Content(text).ShouldStartWith(SseText.Content(again));
    }

    [Fact]
    public async Task Days_that_nobody_can_read_any_more_are_removed_also_when_that_was_cut_off_half_way()
    {
        await using var first = await StartAsync();
        await _database.ExecuteAsync(
            """
            CREATE TABLE streaming.responses_20200101 PARTITION OF streaming.responses
            FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
            CREATE TABLE streaming.response_events_20200102 (LIKE streaming.response_events);
            """);

        await using var second = await StartAsync("--Log:CompactInterval=00:00:00.05", "--Log:Retention=00:01:00");

        await Eventually.Until("only days that are written to are left", async () =>
            await _database.ScalarAsync("SELECT count(*) FROM pg_tables WHERE tablename LIKE 'response%_20%'") is 8L);
        SseText.Content(await ReadAsync(second, "@sim count tokens=3")).ShouldBe("0 1 2");
    }

    private Task<StreamingProcess> StartAsync(params string[] settings) =>
        StreamingProcess.StartAsync([$"--ConnectionStrings:Postgres={_throughProxy}", .. settings]);

    private static async Task<string> ReadAsync(StreamingProcess streaming, string message)
    {
        using var answer = await streaming.ChatAsync(message, stream: true);
        return await answer.Content.ReadAsStringAsync();
    }

    private Task<int> ResponsesAsync() => CountAsync("SELECT count(*) FROM streaming.responses");

    /// <summary>Of the only response: in its rows, or ahead of them in the journal.</summary>
    private Task<int> EventsAsync() => CountAsync(
        """
        SELECT greatest(
            (SELECT max(seq + count) FROM streaming.response_events),
            (SELECT max(e.seq + e.count) FROM streaming.response_journal j,
             unnest(j.seqs, j.counts) AS e (seq, count)), 0)
        """);

    /// <summary>Asks the database itself, not through the proxy.</summary>
    private async Task<int> CountAsync(string sql) => Convert.ToInt32(await _database.ScalarAsync(sql), null);
}
