using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>
/// Joins the rows of ended responses into few large ones. One statement for some responses at a time, so that a reader
/// sees the old rows or the new ones; several instances share the work by <c>SKIP LOCKED</c>.
/// </summary>
internal sealed class LogCompaction(NpgsqlDataSource dataSource)
{
    // A row says one format for all its events: a response of two versions of the program stays as it is. Each row is
    // looked at once: a stream of an hour has 15,000 of them.
    private const string Sql =
        $"""
         WITH due AS (
             SELECT day, id FROM {StreamingSchema.Name}.responses WHERE state <> 'running' AND NOT compacted
             ORDER BY ended_at LIMIT $1 FOR UPDATE SKIP LOCKED),
         placed AS (
             SELECT e.day, e.response_id, e.seq, e.count, e.payload, (sum(length(e.payload)) OVER (
                 PARTITION BY e.day, e.response_id ORDER BY e.seq) - length(e.payload)) / $2 AS place,
                 min(e.format) OVER response = max(e.format) OVER response AS of_one_format
             FROM {StreamingSchema.Name}.response_events e
             JOIN due ON e.day = due.day AND e.response_id = due.id
             WINDOW response AS (PARTITION BY e.day, e.response_id)),
         joined AS (
             SELECT day, response_id, min(seq) AS seq, sum(count)::int AS count,
                    string_agg(payload, ''::bytea ORDER BY seq) AS payload
             FROM placed WHERE of_one_format GROUP BY day, response_id, place HAVING count(*) > 1),
         grown AS (
             UPDATE {StreamingSchema.Name}.response_events e SET count = j.count, payload = j.payload
             FROM joined j WHERE e.day = j.day AND e.response_id = j.response_id AND e.seq = j.seq),
         gone AS (
             DELETE FROM {StreamingSchema.Name}.response_events e USING joined j
             WHERE e.day = j.day AND e.response_id = j.response_id AND e.seq > j.seq AND e.seq < j.seq + j.count)
         UPDATE {StreamingSchema.Name}.responses r SET compacted = true FROM due WHERE r.day = due.day AND r.id = due.id
         """;

    /// <summary>Compacts up to <paramref name="limit"/> responses; returns how many.</summary>
    public async Task<int> RunAsync(int limit, int rowBytes, CancellationToken cancellation)
    {
        await using var connection = await LogConnection.OpenAsync(dataSource, cancellation);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = rowBytes });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
