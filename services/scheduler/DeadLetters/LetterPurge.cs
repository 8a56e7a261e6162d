using System.Globalization;
using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>
/// Removes dead letters for good; never one that a replay has claimed and not come to. Safe for concurrent use.
/// </summary>
internal sealed class LetterPurge(NpgsqlDataSource dataSource, LetterTable letters)
{
    private const int Chunk = 5000;

    private static readonly string NotClaimed = $"d.state <> {(int)LetterState.Replaying}";

    /// <summary>Null when it is removed.</summary>
    public async Task<OpenAiErrorResult?> OneAsync(
        LetterScope scope, Guid id, string shownId, CancellationToken cancellationToken)
    {
        var where = new LetterWhere(scope, new() { Ids = [id] });
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var removed = await connection.ExecuteAsync(new(
            $"DELETE FROM {LetterTable.Name} d WHERE {where.Sql} AND {NotClaimed}", where.Parameters,
            cancellationToken: cancellationToken));
        return removed == 1 ? null
            : await LetterTable.FindAsync(connection, scope, id, cancellationToken) is null
                ? LetterRefusals.NotFound(shownId)
                : OpenAiErrorResult.Conflict($"{shownId} is being replayed; wait for that.", "id", "being_replayed");
    }

    /// <summary>Removes all that match, in short steps, if they are as many as expected.</summary>
    public async Task<(long Count, OpenAiErrorResult? Refusal)> AllAsync(
        LetterScope scope, LetterFilter filter, long? expected, CancellationToken cancellationToken)
    {
        var count = await letters.CountAsync(scope, filter, cancellationToken);
        if (expected is null)
        {
            return (count, null);
        }

        if (count != expected)
        {
            return (count, OpenAiErrorResult.Conflict(
                string.Create(
                    CultureInfo.InvariantCulture, $"{count} dead letters match now, not {expected}; look again."),
                "expected_count",
                "count_changed"));
        }

        return (await RemoveAsync(scope, filter, cancellationToken), null);
    }

    private async Task<long> RemoveAsync(LetterScope scope, LetterFilter filter, CancellationToken cancellationToken)
    {
        // What comes while it runs was not counted, and stays.
        var where = new LetterWhere(scope, filter).Add("d.id <= @last", "last", Guid.CreateVersion7());
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var removed = 0L;
        int step;
        do
        {
            step = await connection.ExecuteAsync(new(
                $"""
                 DELETE FROM {LetterTable.Name} WHERE id IN (
                     SELECT d.id FROM {LetterTable.Name} d WHERE {where.Sql} AND {NotClaimed} LIMIT {Chunk})
                 """,
                where.Parameters,
                cancellationToken: cancellationToken));
            removed += step;
        }
        while (step == Chunk);
        return removed;
    }
}
