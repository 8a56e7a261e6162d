using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>
/// Removes responses that were deleted, and those that were not to be stored, from the log; and what tells of requests
/// that made responses, once those have expired.
/// </summary>
internal sealed class LogForget(NpgsqlDataSource dataSource, LogBounds bounds)
{
    private const string Sql =
        $"""
         WITH gone AS (
             SELECT day, id FROM {StreamingSchema.Name}.responses
             WHERE (deleted OR NOT store) AND state <> 'running' AND (deleted OR ended_at < now() - $1)
             LIMIT $2 FOR UPDATE SKIP LOCKED),
         events AS (
             DELETE FROM {StreamingSchema.Name}.response_events e USING gone g
             WHERE e.day = g.day AND e.response_id = g.id),
         creations AS (
             DELETE FROM {StreamingSchema.Name}.response_creations c USING gone g WHERE c.response_id = g.id)
         DELETE FROM {StreamingSchema.Name}.responses r USING gone g WHERE r.day = g.day AND r.id = g.id
         """;

    private const string CreationsSql =
        $"""
         DELETE FROM {StreamingSchema.Name}.response_creations WHERE response_id IN (
             SELECT response_id FROM {StreamingSchema.Name}.response_creations
             WHERE created_at < now() - $1 ORDER BY created_at LIMIT $2)
         """;

    /// <summary>Removes up to <paramref name="limit"/> responses; returns how many.</summary>
    public async Task<int> RunAsync(int limit, CancellationToken cancellation)
    {
        await using var connection = await LogConnection.OpenAsync(dataSource, cancellation);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.ResumeWindow });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Forgets up to <paramref name="limit"/> requests; returns how many.</summary>
    public async Task<int> RunCreationsAsync(int limit, CancellationToken cancellation)
    {
        await using var connection = await LogConnection.OpenAsync(dataSource, cancellation);
        await using var command = new NpgsqlCommand(CreationsSql, connection);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.Options.Retention });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
