using Dapper;
using Npgsql;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// What is remembered of forecasts to learn from. Every method runs in the caller's transaction, which holds the lock
/// of <see cref="ForecastTable.TryLockAsync"/>.
/// </summary>
internal static class ForecastErrorTable
{
    private const string S = SchedulerSchema.Name;

    /// <summary>A forecast of a second and less says nothing of factors.</summary>
    private const double LeastSeconds = 1;

    public static async Task<Dictionary<ErrorKey, double[]>> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(short Class, short Horizon, double[] Weights)>(new(
            $"SELECT class, horizon, weights FROM {S}.forecast_errors", cancellationToken: cancellationToken)))
            .Where(row => row.Weights.Length == ErrorHistogram.Bins)
            .ToDictionary(row => new ErrorKey((ShardClass)row.Class, row.Horizon), row => row.Weights);

    /// <summary>
    /// Remembers what is the first of its kind for its batch; of a paused one nothing, as nobody foretells how long it
    /// stays so.
    /// </summary>
    public static Task MarkAsync(
        NpgsqlConnection connection, IEnumerable<Forecast> forecasts, DateTimeOffset now,
        CancellationToken cancellationToken) =>
        MarkAsync(connection, [.. forecasts.Where(f => !f.IsPaused)], now, cancellationToken);

    /// <summary>
    /// Counts what became of the marks of batches that have ended, and forgets them. Of one that was cancelled nothing
    /// is learnt; one that has expired would have taken longer still, and counts as if it had ended then.
    /// </summary>
    public static async Task LearnAsync(
        NpgsqlConnection connection, IReadOnlyCollection<EndedForecast> ended, CancellationToken cancellationToken)
    {
        var ends = ended.Where(e => e.EndedAt is not null).ToDictionary(e => e.BatchId, e => e.EndedAt!.Value);
        var marks = await connection.QueryAsync<Mark>(new(
            $"""
             DELETE FROM {S}.forecast_marks WHERE batch_id = ANY(@ids)
             RETURNING batch_id AS BatchId, class AS Class, horizon AS Horizon, made_at AS MadeAt, seconds AS Seconds
             """,
            new { ids = ended.Select(e => e.BatchId).ToArray() },
            cancellationToken: cancellationToken));
        var histograms = await ReadAsync(connection, cancellationToken);
        var changed = new HashSet<ErrorKey>();
        foreach (var mark in marks.Where(m => ends.TryGetValue(m.BatchId, out var end) && end > m.MadeAt))
        {
            var key = new ErrorKey((ShardClass)mark.Class, mark.Horizon);
            histograms[key] = ErrorHistogram.Add(
                histograms.GetValueOrDefault(key),
                (ends[mark.BatchId] - mark.MadeAt).TotalSeconds / Math.Max(mark.Seconds, LeastSeconds));
            changed.Add(key);
        }

        foreach (var key in changed)
        {
            await SaveAsync(connection, key, histograms[key], cancellationToken);
        }
    }

    private static Task<int> MarkAsync(
        NpgsqlConnection connection, Forecast[] forecasts, DateTimeOffset now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.forecast_marks (batch_id, class, horizon, made_at, seconds)
             SELECT n.id, n.class, n.horizon, @now, n.seconds
             FROM unnest(@ids, @classes, @horizons, @seconds) AS n (id, class, horizon, seconds)
             WHERE NOT EXISTS (SELECT FROM {S}.forecast_marks m
                               WHERE m.batch_id = n.id AND m.class = n.class AND m.horizon = n.horizon)
             """,
            new
            {
                ids = forecasts.Select(f => f.BatchId).ToArray(),
                classes = forecasts.Select(f => (short)f.Key.Class).ToArray(),
                horizons = forecasts.Select(f => (short)f.Key.Horizon).ToArray(),
                seconds = forecasts.Select(f => f.Seconds).ToArray(),
                now,
            },
            cancellationToken: cancellationToken));

    private static Task<int> SaveAsync(
        NpgsqlConnection connection, ErrorKey key, double[] weights, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             INSERT INTO {S}.forecast_errors (class, horizon, weights) VALUES (@shardClass, @horizon, @weights)
             ON CONFLICT (class, horizon) DO UPDATE SET weights = excluded.weights
             """,
            new { shardClass = (short)key.Class, horizon = (short)key.Horizon, weights },
            cancellationToken: cancellationToken));

    private sealed record Mark
    {
        public Guid BatchId { get; init; }

        public short Class { get; init; }

        public short Horizon { get; init; }

        public DateTime MadeAt { get; init; }

        public double Seconds { get; init; }
    }
}
