using System.Globalization;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// One step of a replay: some messages, or the lines of one batch, or its end. Whoever does a step that another one
/// does too changes nothing: the letters are marked once. Safe for concurrent use.
/// </summary>
internal sealed class ReplayStep(
    NpgsqlDataSource dataSource,
    SchedulerTransactions transactions,
    FollowUpBatches followUps,
    MessageStep messages,
    IOptions<DeadLetterOptions> options)
{
    /// <summary>Returns how long to wait before the next one; null when the replay has ended.</summary>
    public async Task<TimeSpan?> RunAsync(ReplayRow replay, CancellationToken cancellationToken)
    {
        LetterRow? next;
        var allowed = 0;
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
        {
            next = await ClaimedLetters.NextAsync(connection, replay.Id, cancellationToken);
            if (next is null)
            {
                await ReplayTable.EndAsync(connection, replay.Id, ReplayState.Completed, null, cancellationToken);
                return null;
            }

            // Failures are counted after the ends that allow more: all that ended by failing are among them.
            allowed = await AllowedAsync(connection, replay, next.Kind, cancellationToken);
            var failed = await ReplayTable.FailedAgainAsync(connection, replay.Id, cancellationToken);
            if (failed >= replay.StopAfter)
            {
                await StopAsync(replay, failed, cancellationToken);
                return null;
            }

            if (allowed <= 0)
            {
                return options.Value.ReplayInterval;
            }
        }

        var sent = next.Kind >= LetterKind.Message
            ? await messages.RunAsync(replay, next.Kind, allowed, cancellationToken)
            : await SendLinesAsync(replay, next, allowed, cancellationToken);
        if (sent is null)
        {
            return options.Value.WhenFull;
        }

        return replay.Rate is { } rate ? TimeSpan.FromSeconds((double)sent / rate) : TimeSpan.Zero;
    }

    /// <summary>
    /// How many may go now, so that the stop comes in time. With a rate, messages second by second, and lines of a span
    /// once it is known what became of the last ones. Without, as many may be on their way as have come to their end,
    /// and at least as many as may fail again: it doubles while they succeed.
    /// </summary>
    private async Task<int> AllowedAsync(
        NpgsqlConnection connection, ReplayRow replay, LetterKind kind, CancellationToken cancellationToken)
    {
        if (kind >= LetterKind.Message && replay.Rate is { } perSecond)
        {
            return perSecond;
        }

        var (running, ended) = kind >= LetterKind.Message
            ? await ReplayTable.MessagesAsync(
                connection, replay.Id, options.Value.MessagePatience, cancellationToken)
            : await ReplayTable.LinesAsync(connection, replay.Id, cancellationToken);
        return replay.Rate is { } rate
            ? running > 0 ? 0 : (int)(rate * options.Value.StepSpan.TotalSeconds)
            : Math.Max(replay.StopAfter, ended) - running;
    }

    private async Task StopAsync(ReplayRow replay, int failed, CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        await ClaimedLetters.ReleaseAsync(transaction.Connection, replay.Id, null, cancellationToken);
        await ReplayTable.EndAsync(
            transaction.Connection,
            replay.Id,
            ReplayState.Stopped,
            string.Create(CultureInfo.InvariantCulture, $"{failed} letters failed again."),
            cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Null when the tenant has as much queued as it may: nothing was sent, and it waits.</summary>
    private async Task<int?> SendLinesAsync(
        ReplayRow replay, LetterRow first, int allowed, CancellationToken cancellationToken)
    {
        var most = Math.Min(followUps.MostLines(first.Tenant ?? ""), allowed);
        IReadOnlyList<LetterRow> lines;
        await using (var connection = await dataSource.OpenConnectionAsync(cancellationToken))
        {
            lines = await ClaimedLetters.LinesAsync(
                connection, replay.Id, first.BatchId!.Value, most, cancellationToken);
        }

        if (lines.Count == 0)
        {
            // Another scheduler was faster.
            return 0;
        }

        if (!await followUps.FitAsync(lines, cancellationToken))
        {
            return null;
        }

        var file = await followUps.PrepareAsync(lines, null, cancellationToken);
        if (file.Missing.Count > 0)
        {
            await SkipAsync(replay, file.Missing, cancellationToken);
        }

        if (file.Letters.Count > 0)
        {
            var outcome = await followUps.CommitAsync(
                replay.Id,
                file,
                null,
                transaction => ReplayTable.HoldAsync(transaction.Connection, replay.Id, cancellationToken),
                cancellationToken);
            if (outcome.Refusal is not null)
            {
                return null;
            }
        }

        return lines.Count;
    }

    /// <summary>Their payload is gone: they stay what they are.</summary>
    private async Task SkipAsync(
        ReplayRow replay, IReadOnlyList<LetterRow> letters, CancellationToken cancellationToken)
    {
        await using var transaction = await transactions.BeginAsync(cancellationToken);
        var released = await ClaimedLetters.ReleaseAsync(
            transaction.Connection, replay.Id, [.. letters.Select(l => l.Id)], cancellationToken);
        await ReplayTable.AdvanceAsync(transaction.Connection, replay.Id, 0, released, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
