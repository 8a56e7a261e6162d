using Npgsql;
using Shouldly;
using Sluice.Streaming.Log;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

/// <summary>How PostgreSQL plans the statements that run all the time.</summary>
public sealed class LogConnectionTests : IAsyncLifetime
{
    // As the compaction finds the rows of some responses: by a limit that the plan does not know.
    private const string Explain =
        """
        PREPARE some_rows (int) AS
        WITH due AS (
            SELECT day, id FROM streaming.responses WHERE state <> 'running' AND NOT compacted
            ORDER BY ended_at LIMIT $1)
        SELECT e.payload FROM streaming.response_events e JOIN due ON e.day = due.day AND e.response_id = due.id;
        EXPLAIN EXECUTE some_rows (10)
        """;

    // So many that a tenth of them, for which PostgreSQL takes an unknown limit, were better read all at once.
    private const string Fill =
        """
        INSERT INTO streaming.responses (day, id, tenant, model, owner, state, head, ended_at)
        SELECT current_date, gen_random_uuid(), 'dev', 'm', gen_random_uuid(), 'completed', '', now()
        FROM generate_series(1, 5000);
        INSERT INTO streaming.response_events (day, response_id, seq, count, format, payload)
        SELECT day, id, seq, 1, 1, '\x00' FROM streaming.responses, generate_series(1, 4) AS seq;
        ANALYZE streaming.responses, streaming.response_events
        """;

    private LogDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await LogDatabase.CreateAsync(connections =>
    {
        // As in production: what is prepared outlives the reset.
        connections.Pooling = true;
        connections.MaxPoolSize = 1;
        connections.MaxAutoPrepare = 10;
        connections.AutoPrepareMinUsages = 1;
    });

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task They_are_planned_once_and_by_the_keys_though_the_limit_is_not_known()
    {
        await _database.ExecuteAsync(Fill);
        await using var connection = await LogConnection.OpenAsync(_database.Source, CancellationToken.None);

        var plan = await PlanAsync(connection);

        plan.ShouldContain("response_events_");
        plan.ShouldNotContain("Seq Scan");
        plan.ShouldNotContain("Hash");
        plan.ShouldNotContain("Merge Join");
        await using var once = new NpgsqlCommand("SELECT generic_plans FROM pg_prepared_statements", connection);
        (await once.ExecuteScalarAsync()).ShouldBe(1L);
    }

    [Fact]
    public async Task Who_gets_the_connection_from_the_pool_next_has_the_server_s_planner()
    {
        int process;
        await using (var connection = await LogConnection.OpenAsync(_database.Source, CancellationToken.None))
        {
            process = connection.ProcessID;
        }

        await using var next = await _database.Source.OpenConnectionAsync();
        next.ProcessID.ShouldBe(process);
        await using var command = new NpgsqlCommand("SHOW enable_seqscan", next);
        (await command.ExecuteScalarAsync()).ShouldBe("on");
    }

    private static async Task<string> PlanAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Explain, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return string.Join('\n', lines);
    }
}
