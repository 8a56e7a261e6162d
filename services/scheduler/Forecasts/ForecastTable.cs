using Dapper;
using Npgsql;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Stored forecasts. Every method is one statement in the caller's transaction, if it has one.</summary>
internal static class ForecastTable
{
    private const string S = SchedulerSchema.Name;

    // A rate is of the time since a mark that is once to twice as old as this.
    private const string MarkAge = "interval '15 s'";

    /// <summary>One forecast at a time, over all schedulers. Released by the end of the transaction.</summary>
    public static Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleAsync<bool>(new(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('sluice.forecast', 30005))",
            cancellationToken: cancellationToken));

    /// <summary>Lines without a result, of those of the given batches that have any.</summary>
    public static async Task<IReadOnlyDictionary<Guid, long>> LinesLeftAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> batches, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(Guid Batch, long Lines)>(new(
            $"""
             SELECT batch_id, sum(lines - completed - failed)::bigint FROM {S}.shards
             WHERE batch_id = ANY(@batches) AND state < 3 GROUP BY batch_id
             """,
            new { batches = batches.ToArray() },
            cancellationToken: cancellationToken))).ToDictionary(row => row.Batch, row => row.Lines);

    /// <summary>
    /// The time of a pause moves what was foretold first, and so does not count as its error. Marks of the rate are by
    /// the database's clock: schedulers take turns at forecasts, and any of them shows the rate.
    /// </summary>
    public static Task SaveAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Forecast> forecasts, DateTimeOffset now,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.batch_forecasts AS f
                 (batch_id, made_at, earliest, expected, latest, at_risk_since, raised, first_made_at, first_expected,
                  rate_from, rate_from_lines, rate_next, rate_next_lines)
             SELECT n.id, @now, n.earliest, n.expected, n.latest, CASE WHEN n.at_risk THEN @now END, n.raised, @now,
                    n.expected, clock_timestamp(), b.total_lines - n.lines, clock_timestamp(), b.total_lines - n.lines
             FROM unnest(@ids, @earliest, @expected, @latest, @atRisk, @raised, @lines)
                 AS n (id, earliest, expected, latest, at_risk, raised, lines)
             JOIN {S}.batches b ON b.id = n.id ORDER BY n.id
             ON CONFLICT (batch_id) DO UPDATE SET
                 first_expected = f.first_expected + CASE WHEN f.batch_id = ANY(@paused)
                     THEN greatest(excluded.made_at - f.made_at, interval '0') ELSE interval '0' END,
                 made_at = excluded.made_at, earliest = excluded.earliest,
                 expected = excluded.expected, latest = excluded.latest, raised = excluded.raised,
                 (rate_from, rate_from_lines, rate_next, rate_next_lines) = (
                     SELECT CASE WHEN turn THEN coalesce(f.rate_next, excluded.rate_next) ELSE f.rate_from END,
                            CASE WHEN turn THEN coalesce(f.rate_next_lines, excluded.rate_next_lines)
                                 ELSE f.rate_from_lines END,
                            CASE WHEN turn THEN excluded.rate_next ELSE f.rate_next END,
                            CASE WHEN turn THEN excluded.rate_next_lines ELSE f.rate_next_lines END
                     FROM (SELECT f.rate_next IS NULL OR f.rate_next <= excluded.rate_next - {MarkAge} AS turn) m),
                 at_risk_since = CASE WHEN excluded.at_risk_since IS NULL THEN NULL
                                      ELSE coalesce(f.at_risk_since, excluded.at_risk_since) END
             """,
            new
            {
                ids = forecasts.Select(f => f.BatchId).ToArray(),
                earliest = forecasts.Select(f => f.Earliest).ToArray(),
                expected = forecasts.Select(f => f.Expected).ToArray(),
                latest = forecasts.Select(f => f.Latest).ToArray(),
                atRisk = forecasts.Select(f => f.IsAtRisk).ToArray(),
                raised = forecasts.Select(f => f.IsRaised).ToArray(),
                lines = forecasts.Select(f => (long)f.Lines).ToArray(),
                paused = forecasts.Where(f => f.IsPaused).Select(f => f.BatchId).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));

    /// <summary>Closes the forecasts of batches that have ended, once each.</summary>
    public static async Task<IReadOnlyList<EndedForecast>> CloseEndedAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<EndedForecast>(new(
            $"""
             UPDATE {S}.batch_forecasts f SET ended = true, error = b.completed_at - f.first_expected
             FROM {S}.batches b
             WHERE NOT f.ended AND b.id = f.batch_id AND b.current_state IN (
                 '{nameof(BatchStateMachine.Completed)}', '{nameof(BatchStateMachine.Cancelled)}',
                 '{nameof(BatchStateMachine.Expired)}')
             RETURNING f.batch_id AS BatchId, f.error AS Error, b.completed_at - f.first_made_at AS Ahead,
                       CASE b.current_state WHEN '{nameof(BatchStateMachine.Expired)}' THEN b.expires_at
                                            ELSE b.completed_at END AS EndedAt
             """,
            cancellationToken: cancellationToken))).AsList();

    public static async Task<IReadOnlyDictionary<Guid, StoredForecast>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> batches, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<StoredForecast>(new(
            $"""
             SELECT batch_id AS BatchId, made_at AS MadeAt, earliest AS Earliest, expected AS Expected,
                    latest AS Latest, at_risk_since AS AtRiskSince, first_expected AS FirstExpected, error AS Error,
                    extract(epoch FROM clock_timestamp() - rate_from)::float8 AS RateSeconds,
                    rate_from_lines AS RateLines
             FROM {S}.batch_forecasts WHERE batch_id = ANY(@batches)
             """,
            new { batches = batches.ToArray() },
            cancellationToken: cancellationToken))).ToDictionary(f => f.BatchId);
}
