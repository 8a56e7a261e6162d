using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>
/// Keeps the dead letters within their bounds: removes those past their age, and beyond the number the replayed ones
/// first, then the oldest. In short steps, which several schedulers may do at once.
/// </summary>
internal sealed partial class LetterSweep(
    NpgsqlDataSource dataSource, IOptions<DeadLetterOptions> options, TimeProvider time, ILogger<LetterSweep> logger)
{
    private const string Table = LetterTable.Name;
    private const string Replays = SchedulerSchema.Name + ".dead_letter_replays";
    private const int Chunk = 5000;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var before = time.GetUtcNow() - options.Value.MaxAge;
        var old = await RemoveAsync(connection, "created_at < @before ORDER BY created_at", before, cancellationToken);
        var count = await connection.QuerySingleAsync<long>(new(
            $"SELECT count(*) FROM {Table}", cancellationToken: cancellationToken));
        var tooMany = 0;
        for (var step = 1; step > 0 && count - tooMany > options.Value.MaxLetters; tooMany += step)
        {
            var most = (int)Math.Min(Chunk, count - tooMany - options.Value.MaxLetters);
            step = await RemoveSomeAsync(connection, OldestOf(LetterState.Replayed), before, most, cancellationToken);
            step = step > 0
                ? step
                : await RemoveSomeAsync(connection, OldestOf(LetterState.Open), before, most, cancellationToken);
        }

        SchedulerMetrics.LettersInStore(count - tooMany);
        await connection.ExecuteAsync(new(
            $"DELETE FROM {Replays} WHERE created_at < @before AND state <> 0", new { before },
            cancellationToken: cancellationToken));
        if (old + tooMany > 0)
        {
            Log.Removed(logger, old, tooMany);
        }
    }

    private static async Task<int> RemoveAsync(
        NpgsqlConnection connection, string which, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var removed = 0;
        int step;
        do
        {
            step = await RemoveSomeAsync(connection, which, before, Chunk, cancellationToken);
            removed += step;
        }
        while (step == Chunk);
        return removed;
    }

    private static string OldestOf(LetterState state) => $"state = {(int)state} ORDER BY id";

    private static Task<int> RemoveSomeAsync(
        NpgsqlConnection connection, string which, DateTimeOffset before, int most,
        CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new(
            $"""
             DELETE FROM {Table} WHERE id IN (
                 SELECT id FROM {Table} WHERE state <> {(int)LetterState.Replaying} AND {which} LIMIT @most)
             """,
            new { before, most },
            cancellationToken: cancellationToken));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "Removed {Old} dead letters past their age and {TooMany} beyond the number that is kept")]
        public static partial void Removed(ILogger logger, int old, int tooMany);
    }
}
