using System.Globalization;
using Dapper;
using Sluice.Durability.Outbox;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters.Intake;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Sends messages again: through the outbox, to their own queue, with their headers, in the transaction that marks
/// them. The message id stays, so that a consumer that has consumed it after all drops it. Safe for concurrent use.
/// </summary>
internal sealed class MessageReplay(StoredMessages outbox, TimeProvider time)
{
    /// <summary>Sends what can be sent, and releases letters whose body was not kept.</summary>
    /// <param name="transaction">The caller's; it commits.</param>
    /// <param name="replay">Holds the letters.</param>
    /// <param name="letters">Messages.</param>
    /// <param name="edited">The only one's body, instead of the one that failed.</param>
    /// <param name="editHash">Of what was asked for instead.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AddAsync(
        SchedulerTransaction transaction, Guid replay, IReadOnlyList<LetterRow> letters, byte[]? edited,
        byte[]? editHash, CancellationToken cancellationToken)
    {
        var contents = await ContentsAsync(transaction, letters, cancellationToken);
        var sent = new List<Guid>(letters.Count);
        var missing = new List<Guid>();
        foreach (var letter in letters)
        {
            var content = contents[letter.Id];
            if ((edited ?? content.Body) is not { } body)
            {
                missing.Add(letter.Id);
                continue;
            }

            outbox.Add(transaction.Db, new()
            {
                Exchange = letter.Queue!,
                MessageId = letter.MessageId!.Value,
                MessageType = letter.MessageType!,
                ContentType = content.ContentType!,
                Headers = WireHeaders.ForReplay(
                    content.Headers!,
                    MessageLetterReader.PreviousHeader,
                    letter.Id.ToString("N", CultureInfo.InvariantCulture)),
                Body = body,
            });
            sent.Add(letter.Id);
        }

        await ClaimedLetters.MarkAsync(
            transaction.Connection, replay, sent, time.GetUtcNow(), editHash, cancellationToken);
        await ClaimedLetters.ReleaseAsync(transaction.Connection, replay, missing, cancellationToken);
        await ReplayTable.AdvanceAsync(
            transaction.Connection, replay, sent.Count, missing.Count, cancellationToken);
    }

    private static async Task<Dictionary<Guid, LetterContent>> ContentsAsync(
        SchedulerTransaction transaction, IReadOnlyList<LetterRow> letters, CancellationToken cancellationToken)
    {
        var rows = await transaction.Connection.QueryAsync<(Guid, string?, string?, byte[]?)>(new(
            $"SELECT id, content_type, headers, body FROM {LetterTable.Name} WHERE id = ANY(@ids)",
            new { ids = letters.Select(l => l.Id).ToArray() },
            cancellationToken: cancellationToken));
        return rows.ToDictionary(r => r.Item1, r => new LetterContent(r.Item2, r.Item3, r.Item4));
    }
}
