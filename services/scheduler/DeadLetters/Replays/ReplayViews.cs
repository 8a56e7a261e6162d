using Npgsql;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Makes the API's replay objects. Safe for concurrent use.</summary>
internal sealed class ReplayViews(NpgsqlDataSource dataSource)
{
    /// <summary>Null when there is none that this caller may see.</summary>
    public async Task<ReplayView?> FindAsync(LetterScope scope, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await ReplayTable.FindAsync(connection, scope, id, cancellationToken) is { } replay
            ? await OfAsync(connection, replay, cancellationToken)
            : null;
    }

    /// <summary>
    /// What happened to letters that were all replayed before: the replay, if it was one, else the sum.
    /// </summary>
    public async Task<ReplayView> OfEarlierAsync(
        LetterScope scope, IReadOnlyList<LetterRow> letters, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (letters.Select(l => l.ReplayId).Distinct().ToList() is [{ } only]
            && await ReplayTable.FindAsync(connection, scope, only, cancellationToken) is { } replay)
        {
            return await OfAsync(connection, replay, cancellationToken);
        }

        var followUps = await ReplayTable.FollowUpsAsync(
            connection, null, [.. letters.Select(l => l.Id)], cancellationToken);
        return new()
        {
            Status = "completed",
            Count = 0,
            AlreadyReplayed = letters.Count,
            Batches = [.. followUps.Select(FollowUpView.Of)],
        };
    }

    private static async Task<ReplayView> OfAsync(
        NpgsqlConnection connection, ReplayRow replay, CancellationToken cancellationToken) =>
        ReplayView.Of(
            replay,
            await ReplayTable.FailedAgainAsync(connection, replay.Id, cancellationToken),
            await ReplayTable.FollowUpsAsync(connection, replay.Id, [], cancellationToken));
}
