using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Npgsql;
using Shouldly;
using Sluice.Durability.Faults;
using Sluice.Streaming;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Which responses are taken over, and what becomes of those whose log has a hole.</summary>
public sealed class TakeoverTableTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Those_whose_readers_wait_come_first_and_then_the_oldest()
    {
        await using (await StartAsync())
        {
            // It makes the schema, and is gone before there is something to take over.
        }

        var (me, owner) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _database.ExecuteAsync($"INSERT INTO streaming.instances (id, service) VALUES ('{me}', 'streaming')");
        var keys = Enumerable.Range(0, 4).Select(n => Key(seconds: n - 10)).ToList();
        string[] followed = ["NULL", "now() - interval '1 h'", "now()", "now()"];
        for (var i = 0; i < keys.Count; i++)
        {
            await LeftResponses.InsertAsync(_database, keys[i], owner, followed[i]);
        }

        await using var dataSource = NpgsqlDataSource.Create(_database.ConnectionString);
        var table = new TakeoverTable(dataSource, Options.Create(new StreamingOptions()), NoFaultPoints.Instance);
        var taken = new List<ResponseKey>();
        for (var i = 0; i < keys.Count; i++)
        {
            taken.AddRange((await table.ClaimAsync(me, owner, limit: 1, suspects: false, CancellationToken.None))
                .Select(claimed => claimed.Identity.Key));
        }

        taken.ShouldBe([keys[2], keys[3], keys[0], keys[1]]);
    }

    [Fact]
    public async Task Owners_are_found_that_are_dead_or_no_instances_by_their_responses_or_their_journal()
    {
        await using (await StartAsync())
        {
            // It makes the schema, and is gone before there is something to take over.
        }

        Guid[] owners = [.. Enumerable.Range(0, 6).Select(_ => Guid.CreateVersion7())];
        var (living, deadWithBoth, deadWithJournal, deadWithNothing) = (owners[0], owners[1], owners[2], owners[3]);
        var (unknownWithResponses, unknownWithJournal) = (owners[4], owners[5]);
        foreach (var instance in owners[..4])
        {
            await _database.ExecuteAsync(
                $"INSERT INTO streaming.instances (id, service) VALUES ('{instance}', 'streaming')");
        }

        foreach (var owner in (Guid[])[living, deadWithBoth, unknownWithResponses, living, deadWithBoth])
        {
            await LeftResponses.InsertAsync(_database, Key(seconds: 0), owner);
        }

        foreach (var instance in (Guid[])[living, deadWithBoth, deadWithJournal, unknownWithJournal])
        {
            await _database.ExecuteAsync(
                $$"""
                  INSERT INTO streaming.response_journal (instance, no, format, days, ids, seqs, counts, payloads)
                  SELECT '{{instance}}', no, 1, '{}', '{}', '{}', '{}', '{}' FROM generate_series(1, 3) AS no
                  """);
        }

        await using var dataSource = NpgsqlDataSource.Create(_database.ConnectionString);
        var table = new TakeoverTable(dataSource, Options.Create(new StreamingOptions()), NoFaultPoints.Instance);

        var found = await table.OwnersAsync(
            [deadWithBoth, deadWithJournal, deadWithNothing], CancellationToken.None);

        found.ShouldBe(
            [deadWithBoth, deadWithJournal, unknownWithResponses, unknownWithJournal], ignoreOrder: true);
    }

    [Fact]
    public async Task One_whose_log_has_a_hole_ends_with_an_error_and_is_not_gone_on_with()
    {
        await using var streaming = await StartAsync();
        var key = Key(seconds: 0);
        await _database.ExecuteAsync(
            $$$"""
              INSERT INTO streaming.response_events (day, response_id, seq, count, format, payload)
              SELECT '{{{key.Day:yyyy-MM-dd}}}', '{{{key.Id}}}', 5, 1, 1, '\x01'::bytea || int4send(length(data)) || data
              FROM convert_to('"choices":[{"index":0,"delta":{"content":"0"}}]}', 'UTF8') AS chunk (data)
              """);

        await LeftResponses.InsertAsync(_database, key, Guid.Empty, "now()");

        await Eventually.Until("it has ended", async () => await _database.ScalarAsync(
            $"SELECT state FROM streaming.responses WHERE id = '{key.Id}'") is ResponseState.Failed);
        var events = await _database.ScalarAsync(
            $"""
             SELECT string_agg(encode(payload, 'escape'), ' ') FROM streaming.response_events
             WHERE response_id = '{key.Id}'
             """);
        events.ShouldBeOfType<string>().ShouldContain("internal_error");
    }

    [Fact]
    public async Task A_completion_whose_log_has_a_hole_is_an_error_and_no_endless_search()
    {
        await using var streaming = await StartAsync();
        using var answer = await streaming.ChatAsync("@sim count tokens=5", stream: true);
        var id = SseText.IdOf(await answer.Content.ReadAsStringAsync());
        await _database.ExecuteAsync("DELETE FROM streaming.response_events");

        using var whole = await streaming.Client.GetAsync($"/v1/chat/completions/{id}");

        ((int)whole.StatusCode).ShouldBe(500);
    }

    [Fact]
    public async Task A_response_that_was_cut_between_its_text_and_its_end_ends_as_it_would_have()
    {
        await using var streaming = await StartAsync();
        using var answer = await StreamingProcess.PostAsync(
            streaming.Client,
            """{"model":"sluice-sim","input":"@sim count tokens=9","max_output_tokens":3}""",
            "/v1/responses");
        var whole = await answer.Content.ReadAsStringAsync();
        var id = JsonElement.Parse(whole).GetProperty("id").GetString()!;
        ResponseKey.TryParse(id, ResponseSurface.Responses, out var key).ShouldBeTrue();
        var log = await _database.ScalarAsync(
            "SELECT string_agg(payload, ''::bytea ORDER BY seq) FROM streaming.response_events");
        var (payload, count) = (new ArrayBufferWriter<byte>(), 0);
        foreach (var one in LogFormat.Read(LogFormat.Version, log.ShouldBeOfType<byte[]>()))
        {
            LogFormat.Write(payload, one.Kind, one.Data.Span);
            count++;
            if (one.Data.Span.IndexOf("response.output_text.done"u8) >= 0)
            {
                break;
            }
        }

        await _database.ExecuteAsync(
            $"""
             DELETE FROM streaming.response_events;
             INSERT INTO streaming.response_events (day, response_id, seq, count, format, payload)
             VALUES ('{key.Day:yyyy-MM-dd}', '{key.Id}', 0, {count}, {LogFormat.Version},
                 '\x{Convert.ToHexString(payload.WrittenSpan)}');
             UPDATE streaming.responses
             SET state = 'running', owner = '{Guid.Empty}', events = NULL, ended_at = NULL, compacted = false
             """);

        whole.ShouldContain("max_output_tokens\"}");
        await Eventually.Until("it has ended as before", async () =>
            await streaming.Client.GetStringAsync($"/v1/responses/{id}") == whole);
    }

    private Task<StreamingProcess> StartAsync() =>
        StreamingProcess.StartAsync($"--ConnectionStrings:Postgres={_database.Uri}");

    private static ResponseKey Key(int seconds) =>
        new(Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddSeconds(seconds)));
}
