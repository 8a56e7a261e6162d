using System.Data;
using Dapper;
using Npgsql;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Dispatch;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>Reads the facts of one batch in one snapshot.</summary>
internal static class FactsQuery
{
    private const string S = SchedulerSchema.Name;

    // Ages by the database's clock: changed_at is of it, and a batch's own times are off by what clocks differ.
    private static readonly string Sql =
        $"""
         WITH own AS (
             SELECT count(*) FILTER (WHERE state = 0) AS ready, count(*) FILTER (WHERE state = 1) AS dispatched,
                    count(*) FILTER (WHERE state = 2) AS running, count(*) FILTER (WHERE suspect) AS suspects,
                    sum(greatest(attempt - 1, 0)) AS retries, sum(retries) AS line_retries,
                    (array_agg(retry_cause ORDER BY retried_at DESC NULLS LAST, no DESC)
                        FILTER (WHERE retry_cause IS NOT NULL))[1] AS retry_cause,
                    sum(limited_calls) FILTER (WHERE state = 2) AS limited_calls,
                    max(limited_at) FILTER (WHERE state = 2) AS limited_at,
                    sum(unclean_ends) AS unclean_ends,
                    max(trial_line) FILTER (WHERE state < 3) AS trial_line,
                    max(trial_ends) FILTER (WHERE state < 3) AS trial_ends,
                    max(ready_after) FILTER (WHERE state = 0 AND parked_by IS NOT NULL) AS parked_until,
                    min(changed_at) FILTER (WHERE state = 1) AS oldest_dispatched,
                    min(changed_at) FILTER (WHERE state = 2) AS oldest_running,
                    sum(lines) AS lines, sum(completed) AS completed, sum(failed) AS failed
             FROM {S}.shards WHERE batch_id = @batchId),
         aged AS (
             SELECT {AgedClass.Sql} AS class FROM (
                 SELECT b.priority::int AS priority, coalesce(t.waited, interval '0') AS waited,
                        {AgedClass.ServedAt("own.parked_until")} AS served_at,
                        own.dispatched + own.running AS outstanding
                 FROM {S}.batches b CROSS JOIN own LEFT JOIN {S}.batch_turns t ON t.batch_id = b.id
                 WHERE b.id = @batchId) a)
         SELECT b.current_state AS State,
                round(extract(epoch FROM clock_timestamp() - b.created_at), 1)::float8 AS AgeSeconds,
                round(extract(epoch FROM clock_timestamp() - b.in_progress_at), 1)::float8 AS RunningSeconds,
                round(extract(epoch FROM clock_timestamp() - b.paused_at), 1)::float8 AS PausedSeconds,
                round(extract(epoch FROM clock_timestamp() - f.at_risk_since), 1)::float8 AS AtRiskSeconds,
                round(extract(epoch FROM b.expires_at - clock_timestamp()), 1)::float8 AS DeadlineSeconds,
                coalesce((SELECT bytes FROM {S}.files WHERE id = b.input_file_id), 0) AS InputBytes,
                greatest(coalesce(own.lines, 0)::bigint, b.total_lines) AS Lines,
                greatest(coalesce(own.completed, 0)::bigint, b.completed_lines) AS Completed,
                greatest(coalesce(own.failed, 0)::bigint, b.failed_lines) AS Failed,
                own.ready::int AS Ready, own.dispatched::int AS Dispatched, own.running::int AS Running,
                own.suspects::int AS Suspects, coalesce(own.retries, 0)::int AS Retries,
                round(extract(epoch FROM clock_timestamp() - own.oldest_dispatched), 1)::float8
                    AS OldestDispatchedSeconds,
                round(extract(epoch FROM clock_timestamp() - own.oldest_running), 1)::float8
                    AS OldestRunningSeconds,
                (SELECT count(*) FROM {S}.instances
                 WHERE service = 'batch-worker' AND NOT fenced AND NOT draining AND id = ANY(@alive))::int AS Workers,
                ((SELECT count(*) FROM {S}.shards WHERE state = 1 AND batch_id <> @batchId)
                    + (SELECT count(*) FROM {S}.shards WHERE state = 2 AND batch_id <> @batchId))::int
                    AS OthersOutstanding,
                ((SELECT count(*) FROM {S}.shards s
                  WHERE s.state = 1 AND s.batch_id <> @batchId AND s.class < aged.class)
                    + (SELECT count(*) FROM {S}.shards s
                       WHERE s.state = 2 AND s.batch_id <> @batchId AND s.class < aged.class))::int
                    AS HigherOutstanding,
                coalesce(own.line_retries, 0)::int AS LineRetries, own.retry_cause AS LineRetryCause,
                coalesce(own.limited_calls, 0)::int AS LimitedCalls,
                round(extract(epoch FROM clock_timestamp() - own.limited_at), 1)::float8 AS LimitedSeconds,
                coalesce(own.unclean_ends, 0)::int AS UncleanEnds, own.trial_line AS TrialLine,
                coalesce(own.trial_ends, 0)::int AS TrialEnds,
                (SELECT count(*) FROM {S}.shards
                 WHERE state = 3 AND progressed AND changed_at > clock_timestamp() - interval '1 minute')::int
                    AS EndedLastMinute
         FROM {S}.batches b CROSS JOIN own CROSS JOIN aged LEFT JOIN {S}.batch_forecasts f ON f.batch_id = b.id
         WHERE b.id = @batchId
         """;

    private const string WaitingSql =
        $"""
         SELECT split_part(cause, ':', 1) AS Cause, count(*)::int AS Shards,
                round(extract(epoch FROM min(ready_after) - clock_timestamp()), 1)::float8 AS DueInSeconds
         FROM {S}.shards
         WHERE batch_id = @batchId AND state = 0 AND ready_after > clock_timestamp() AND cause IS NOT NULL
         GROUP BY 1 ORDER BY 2 DESC
         """;

    public static async Task<BatchFacts> ReadAsync(
        NpgsqlConnection connection, Guid batchId, IReadOnlyCollection<Guid> alive, DateTimeOffset now,
        TimeSpan ageingStep, CancellationToken cancellationToken)
    {
        await using var transaction =
            await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var facts = await connection.QuerySingleAsync<BatchFacts>(new(
            Sql,
            new
            {
                batchId,
                alive = alive.ToArray(),
                now,
                step = ageingStep.TotalSeconds,
                leastWait = DispatchCandidate.LeastWait(ageingStep),
            },
            cancellationToken: cancellationToken));
        var waiting = await connection.QueryAsync<WaitingCause>(new(
            WaitingSql, new { batchId }, cancellationToken: cancellationToken));
        return facts with { Waiting = waiting.AsList() };
    }
}
