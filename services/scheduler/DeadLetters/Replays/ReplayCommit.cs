using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Replays one letter with given bytes, in one transaction. Safe for concurrent use.</summary>
internal sealed class ReplayCommit(
    SchedulerTransactions transactions, FollowUpBatches followUps, MessageReplay messages, TimeProvider time)
{
    /// <summary>
    /// Not made when the letter is not open any more, or its tenant has as much queued as it may; nothing was written
    /// then.
    /// </summary>
    /// <param name="scope">Of the caller.</param>
    /// <param name="letter">As it was read.</param>
    /// <param name="payload">Instead of its own.</param>
    /// <param name="editHash">Tells the same edit from another one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<FollowUpOutcome> RunAsync(
        LetterScope scope, LetterRow letter, byte[] payload, byte[] editHash, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var replay = new ReplayRow
        {
            Id = Guid.CreateVersion7(now),
            Tenant = scope.Tenant,
            State = ReplayState.Completed,
            Letters = 1,
            StopAfter = ReplayRequest.DefaultStopAfter,
            CreatedAt = now.UtcDateTime,
        };
        if (letter.Kind != LetterKind.Message)
        {
            var file = await followUps.PrepareAsync([letter], payload, cancellationToken);
            return await followUps.CommitAsync(
                replay.Id, file, editHash, t => ClaimAsync(t, scope, replay, letter, cancellationToken),
                cancellationToken);
        }

        await using var transaction = await transactions.BeginAsync(cancellationToken);
        if (!await ClaimAsync(transaction, scope, replay, letter, cancellationToken))
        {
            return default;
        }

        await messages.AddAsync(transaction, replay.Id, [letter], payload, editHash, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new(true);
    }

    private static async Task<bool> ClaimAsync(
        SchedulerTransaction transaction, LetterScope scope, ReplayRow replay, LetterRow letter,
        CancellationToken cancellationToken)
    {
        var filter = new LetterFilter { Ids = [letter.Id] };
        return await ReplayTable.ClaimAsync(transaction.Connection, scope, filter, replay.Id, 1, cancellationToken) == 1
            && await ReplayTable.InsertAsync(
                transaction.Connection, replay, new(replay.CreatedAt), cancellationToken);
    }
}
