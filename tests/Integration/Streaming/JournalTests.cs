using System.Net;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>What is committed is in the journal first, and in the rows of responses later.</summary>
public sealed class JournalTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private StreamingProcess _owner = null!;
    private StreamingProcess _other = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _owner = await StreamingProcess.StartAsync(Database, "--Log:RowInterval=00:00:10");
        _other = await StreamingProcess.StartAsync(Database, "--Log:PollInterval=00:00:00.02");
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _owner.DisposeAsync();
        await _database.DisposeAsync();
    }

    private string Database => $"--ConnectionStrings:Postgres={_database.Uri}";

    [Fact]
    public async Task A_reader_that_has_more_than_is_in_rows_goes_on_at_another_instance()
    {
        using var answer = await _owner.ChatAsync("@sim count tokens=200 delay_ms=5", stream: true);
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(reader, 50);

        using var rest = await _other.ResumeAsync(SseText.IdOf(start), "49");

        rest.StatusCode.ShouldBe(HttpStatusCode.OK);
        SseText.Content(start + await rest.Content.ReadAsStringAsync())
            .ShouldBe(string.Join(' ', Enumerable.Range(0, 200)));
    }

    [Fact]
    public async Task A_position_that_the_journal_has_not_reached_is_refused_with_the_last_one()
    {
        using var answer = await _owner.ChatAsync("@sim count tokens=99999 delay_ms=5", stream: true);
        var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = await SseText.ReadFramesAsync(reader, 10);

        using var beyond = await _other.ResumeAsync(SseText.IdOf(start), "1000");

        beyond.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SseText.ErrorOf(beyond)).GetProperty("param").GetString().ShouldBe("Last-Event-ID");
    }

    [Fact]
    public async Task The_journal_is_empty_once_all_is_in_rows()
    {
        using var answer = await _owner.ChatAsync("@sim count tokens=50 delay_ms=2", stream: true);
        SseText.Content(await answer.Content.ReadAsStringAsync()).ShouldBe(string.Join(' ', Enumerable.Range(0, 50)));

        (await _database.ScalarAsync("SELECT max(seq + count) FROM streaming.response_events")).ShouldBe(53L);
        await Eventually.Until("the journal is empty", async () =>
            await _database.ScalarAsync("SELECT count(*) FROM streaming.response_journal") is 0L);
    }
}
