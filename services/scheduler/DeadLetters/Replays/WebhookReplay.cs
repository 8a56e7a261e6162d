using Sluice.Contracts.Webhooks;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Hosting;
using Sluice.Scheduler.Webhooks;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Has events delivered again, with the same id and all attempts before them, in the transaction that marks their
/// letters. Safe for concurrent use.
/// </summary>
internal sealed class WebhookReplay(TimeProvider time)
{
    /// <summary>Sends what can be sent, and releases letters whose delivery is not there any more.</summary>
    public async Task AddAsync(
        SchedulerTransaction transaction, Guid replay, IReadOnlyList<LetterRow> letters,
        CancellationToken cancellationToken)
    {
        var sent = new List<Guid>(letters.Count);
        var missing = new List<Guid>();
        foreach (var letter in letters)
        {
            if (!await WebhookLetters.RearmAsync(transaction, letter, cancellationToken))
            {
                missing.Add(letter.Id);
                continue;
            }

            await transaction.SendAsync(
                Queues.Webhooks,
                new DeliverWebhook { DeliveryId = letter.MessageId!.Value, Attempt = 1 },
                cancellationToken);
            sent.Add(letter.Id);
        }

        var connection = transaction.Connection;
        await ClaimedLetters.MarkAsync(connection, replay, sent, time.GetUtcNow(), null, cancellationToken);
        await ClaimedLetters.ReleaseAsync(connection, replay, missing, cancellationToken);
        await ReplayTable.AdvanceAsync(connection, replay, sent.Count, missing.Count, cancellationToken);
    }
}
