using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Shouldly;
using Sluice.Inference.Continuations;
using Sluice.Inference.Responses;
using Sluice.LocalCluster.Servers;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>
/// Logs as a program of today has stored them: rows, what the provider had said, and what readers were given. Logs like
/// these lie in databases, so no file in <c>Golden</c> ever changes; every later version gives readers the same bytes.
/// The completion is compacted, the response is not.
/// </summary>
public sealed class GoldenLogTests : IAsyncLifetime
{
    private const string Chat = "chat";
    private const string Responses = "responses";

    private PostgresDatabase _database = null!;
    private StreamingProcess _streaming = null!;

    public static TheoryData<string> Logs => [Chat, Responses];

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _streaming = await StreamingProcess.StartAsync($"--ConnectionStrings:Postgres={_database.Uri}");
    }

    public async ValueTask DisposeAsync()
    {
        await _streaming.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public async Task A_golden_log_is_read_to_the_same_bytes(string name)
    {
        var id = await StoreAsync(name);
        var url = (name == Chat ? "/v1/chat/completions/" : "/v1/responses/") + id;
        var frames = Golden(name, "sse").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        (await _streaming.Client.GetStringAsync(url + "?stream=true")).ShouldBe(Golden(name, "sse"));
        (await _streaming.Client.GetStringAsync($"/api/streams/{id}/events")).ShouldBe(Golden(name, "native"));
        (await _streaming.Client.GetStringAsync(url)).ShouldBe(Golden(name, "json").TrimEnd());
        for (var seen = 0; seen < frames.Length - 1; seen++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url + "?stream=true");
            request.Headers.Add("Last-Event-ID", $"{seen}");
            using var rest = await _streaming.Client.SendAsync(request);
            (await rest.Content.ReadAsStringAsync()).ShouldBe(
                string.Concat(frames.Skip(seen + 1).Select(frame => frame + "\n\n")), $"after {seen}");
        }
    }

    [Fact]
    public void After_every_event_of_the_golden_response_a_takeover_goes_on_with_the_very_same_rest()
    {
        var events = Events(Responses);
        var id = (string)Head(Responses)["id"]!;
        var whole = events[^1].GetProperty("response");
        var createdAt = DateTimeOffset.FromUnixTimeSeconds(whole.GetProperty("created_at").GetInt64());
        var completedAt = DateTimeOffset.FromUnixTimeSeconds(whole.GetProperty("completed_at").GetInt64());
        var text = new StringBuilder();
        ResponsesRequest.TryRead(
            "resp_" + id, Convert.FromHexString((string)Head(Responses)["request"]!), out var request, out _)
            .ShouldBeTrue();
        for (var cut = 0; cut < events.Count; cut++)
        {
            var rest = new Rest();
            var taken = new ResponsesEvents(request!, createdAt, new At(completedAt), rest);
            foreach (var one in events.Take(cut))
            {
                taken.Restore(Bytes(one));
            }

            Encoding.UTF8.GetString(taken.OutputText.Span).ShouldBe(text.ToString(), $"text after {cut} events");

            taken.Created();
            taken.InProgress();
            taken.Rerun();
            foreach (var chunk in Golden(Responses, "upstream").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                taken.Add(Encoding.UTF8.GetBytes(chunk)).ShouldBeTrue($"cut {cut}");
            }

            taken.Complete().ShouldBeTrue($"cut {cut}");
            rest.Events.ShouldBe(events.Skip(cut).Select(one => one.GetRawText()), $"cut {cut}");
            text.Append(TextOf(events[cut]));
        }
    }

    [Fact]
    public void After_every_event_of_the_golden_completion_a_takeover_knows_what_was_said()
    {
        var head = Convert.FromHexString((string)Head(Chat)["head"]!);
        var soFar = new AnswerSoFar(head);
        var states = new List<string>();
        foreach (var one in Rows(Chat).SelectMany(row => LogFormat.Read(row.Format, row.Payload)))
        {
            if (one.Kind == LogEventKind.ChatChunk)
            {
                soFar.Add((byte[])[.. head, .. one.Data.Span]);
            }

            states.Add($"{soFar.Tokens} {soFar.IsFinished} {soFar.IsPlainText}");
        }

        // Four tokens, one of them the second half of a character; the finish, the usage, the end.
        states.ShouldBe([
            "0 False True", "1 False True", "2 False True", "3 False True", "4 False True", "4 True True",
            "4 True True", "4 True True"]);
    }

    /// <summary>Puts the golden rows into the database, under a key of today; returns the public id.</summary>
    private async Task<string> StoreAsync(string name)
    {
        var head = Head(name);
        var key = ResponseKey.New(TimeProvider.System);
        await using var connection = new NpgsqlConnection(PostgresConnection.FromUri(new Uri(_database.Uri)));
        await connection.OpenAsync();
        await using var response = new NpgsqlCommand(
            """
            INSERT INTO streaming.responses
                (day, id, tenant, model, owner, surface, state, head, events, request, ended_at, compacted)
            VALUES ($1, $2, 'dev', 'far-model', $3, $4, $5, $6, $7, $8, now(), true)
            """,
            connection);
        object request = head["request"] is { } body ? Convert.FromHexString((string)body!) : DBNull.Value;
        AddValues(response, [
            key.Day, key.Id, Guid.NewGuid(), (string)head["surface"]!, (string)head["state"]!,
            Convert.FromHexString((string)head["head"]!), (long)head["events"]!, request]);
        await response.ExecuteNonQueryAsync();
        foreach (var row in Rows(name))
        {
            await using var events = new NpgsqlCommand(
                "INSERT INTO streaming.response_events VALUES ($1, $2, $3, $4, $5, $6)", connection);
            AddValues(events, [key.Day, key.Id, row.Seq, row.Count, row.Format, row.Payload]);
            await events.ExecuteNonQueryAsync();
        }

        return key.PublicId(Enum.Parse<ResponseSurface>((string)head["surface"]!));
    }

    private static void AddValues(NpgsqlCommand command, object[] values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }
    }

    private static JsonNode Head(string name) => JsonNode.Parse(Golden(name, "log").Split('\n')[0])!;

    private static List<LogRow> Rows(string name) =>
    [
        .. Golden(name, "log").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => JsonNode.Parse(line)!)
            .Select(row => new LogRow(
                (long)row["seq"]!, (int)row["count"]!, (short)row["format"]!,
                Convert.FromHexString((string)row["payload"]!))),
    ];

    private static List<JsonElement> Events(string name) =>
    [
        .. Rows(name).SelectMany(row => LogFormat.Read(row.Format, row.Payload))
            .Select(one => JsonElement.Parse(one.Data.Span)),
    ];

    private static byte[] Bytes(JsonElement one) => Encoding.UTF8.GetBytes(one.GetRawText());

    /// <summary>The text that an event adds, as it stands in JSON.</summary>
    private static string TextOf(JsonElement one) =>
        one.GetProperty("type").ValueEquals("response.output_text.delta"u8)
            ? one.GetProperty("delta").GetRawText()[1..^1]
            : "";

    private static string Golden(string name, string kind)
    {
        using var stream = typeof(GoldenLogTests).Assembly.GetManifestResourceStream($"golden.{name}.{kind}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed class Rest : IResponsesEventSink
    {
        public List<string> Events { get; } = [];

        public void Add(ResponsesEvent one) => Events.Add(Encoding.UTF8.GetString(one.Json.Span));
    }

    private sealed class At(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
