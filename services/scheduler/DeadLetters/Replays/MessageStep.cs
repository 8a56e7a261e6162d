using Microsoft.Extensions.Options;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>One step of a replay through letters that are messages or events. Safe for concurrent use.</summary>
internal sealed class MessageStep(
    SchedulerTransactions transactions,
    MessageReplay messages,
    WebhookReplay webhooks,
    IOptions<DeadLetterOptions> options)
{
    /// <summary>Sends the oldest ones of a kind in one transaction; returns how many.</summary>
    public async Task<int> RunAsync(
        ReplayRow replay, LetterKind kind, int allowed, CancellationToken cancellationToken)
    {
        var most = Math.Min(options.Value.MaxMessages, allowed);
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        if (!await ReplayTable.HoldAsync(transaction.Connection, replay.Id, cancellationToken))
        {
            return 0;
        }

        var letters = await ClaimedLetters.OfKindAsync(
            transaction.Connection, replay.Id, kind, most, cancellationToken);
        await (kind == LetterKind.Message
            ? messages.AddAsync(transaction, replay.Id, letters, null, null, cancellationToken)
            : webhooks.AddAsync(transaction, replay.Id, letters, cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return letters.Count;
    }
}
