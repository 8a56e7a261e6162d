using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>Removes responses that were deleted, and those that were not to be stored, from the log.</summary>
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
             WHERE e.day = g.day AND e.response_id = g.id)
         DELETE FROM {StreamingSchema.Name}.responses r USING gone g WHERE r.day = g.day AND r.id = g.id
         """;

    /// <summary>Removes up to <paramref name="limit"/> responses; returns how many.</summary>
    public async Task<int> RunAsync(int limit, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = bounds.ResumeWindow });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
