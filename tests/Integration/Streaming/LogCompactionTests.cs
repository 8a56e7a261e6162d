using Shouldly;
using Sluice.Streaming.Log;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>Which rows of ended responses become one.</summary>
public sealed class LogCompactionTests : IAsyncLifetime
{
    private LogDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await LogDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Rows_are_joined_up_to_so_many_bytes_and_those_of_two_formats_stay()
    {
        var (one, mixed) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await InsertAsync(one, rows: 10, formats: 1);
        await InsertAsync(mixed, rows: 10, formats: 2);

        (await RunAsync(rowBytes: 8)).ShouldBe(2);

        // Rows of two bytes and two events each.
        (await RowsAsync(one)).ShouldBe(["0:8:\\x0101020203030404", "8:8:\\x0505060607070808", "16:4:\\x09090a0a"]);
        (await RowsAsync(mixed)).Length.ShouldBe(10);
        (await RunAsync(rowBytes: 8)).ShouldBe(0);
    }

    [Fact]
    public async Task A_stream_of_an_hour_has_thousands_of_rows_and_is_joined_as_well()
    {
        var id = Guid.CreateVersion7();
        await InsertAsync(id, rows: 15_000, formats: 1);

        (await RunAsync(rowBytes: 1 << 20)).ShouldBe(1);

        (await RowsAsync(id)).ShouldHaveSingleItem().ShouldStartWith("0:30000:");
    }

    private Task<int> RunAsync(int rowBytes) =>
        new LogCompaction(_database.Source).RunAsync(limit: 10, rowBytes, CancellationToken.None);

    private Task InsertAsync(Guid id, int rows, int formats) => _database.ExecuteAsync(
        $$"""
          INSERT INTO streaming.responses (day, id, tenant, model, owner, state, head, ended_at)
          VALUES (current_date, '{{id}}', 'dev', 'm', '{{Guid.Empty}}', 'completed', '', now());
          INSERT INTO streaming.response_events (day, response_id, seq, count, format, payload)
          SELECT current_date, '{{id}}', (n - 1) * 2, 2, n % {{formats}},
              decode(repeat(lpad(to_hex(n % 256), 2, '0'), 2), 'hex')
          FROM generate_series(1, {{rows}}) AS n
          """);

    private async Task<string[]> RowsAsync(Guid id) => (string[])(await _database.ScalarAsync(
        $"""
         SELECT array_agg(seq || ':' || count || ':' || payload::text ORDER BY seq) FROM streaming.response_events
         WHERE response_id = '{id}'
         """))!;
}
