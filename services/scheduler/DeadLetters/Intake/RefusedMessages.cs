using Dapper;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Telemetry;

namespace Sluice.Scheduler.DeadLetters.Intake;

/// <summary>Moves what the outbox gave up to the dead letters. Any number of schedulers may do it at once.</summary>
internal sealed class RefusedMessages(
    SchedulerTransactions transactions, MessageLetterReader reader, MessageLetters letters)
{
    private const string Table = SchedulerSchema.Name + ".outbox_dead";
    private const int AtOnce = 50;

    /// <summary>One transaction for each step.</summary>
    public async Task MoveAsync(CancellationToken cancellationToken)
    {
        while (await MoveSomeAsync(cancellationToken) == AtOnce)
        {
        }
    }

    private async Task<int> MoveSomeAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        var refused = (await transaction.Connection.QueryAsync<RefusedMessage>(new(
            $"""
             SELECT id AS Id, destination AS Destination, message_id AS MessageId, message_type AS MessageType,
                    content_type AS ContentType, headers AS Headers, body AS Body, attempts AS Attempts,
                    last_error AS LastError, died_at AS DiedAt
             FROM {Table} ORDER BY died_at, id LIMIT {AtOnce} FOR UPDATE SKIP LOCKED
             """,
            cancellationToken: cancellationToken))).AsList();
        if (refused.Count == 0)
        {
            return 0;
        }

        var stored = refused.ConvertAll(reader.Read);
        foreach (var letter in stored)
        {
            await letters.StoreAsync(transaction, letter, cancellationToken);
        }

        await transaction.Connection.ExecuteAsync(new(
            $"DELETE FROM {Table} WHERE id = ANY(@ids)",
            new { ids = refused.Select(r => r.Id).ToArray() },
            cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        stored.ForEach(letter => SchedulerMetrics.LettersStored(letter.Queue, letter.Code));
        return refused.Count;
    }
}
