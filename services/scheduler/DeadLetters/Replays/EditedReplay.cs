using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Replays one letter with another body: claim, edit and replay are one transaction. The same edit again answers what
/// the first one did. Safe for concurrent use.
/// </summary>
internal sealed class EditedReplay(
    NpgsqlDataSource dataSource, LetterTable letters, LetterPayload payloads, ReplayCommit commit, ReplayViews views)
{
    /// <param name="scope">Of the caller.</param>
    /// <param name="id">The letter.</param>
    /// <param name="body">JSON object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ReplayOutcome> RunAsync(
        LetterScope scope, Guid id, JsonElement body, CancellationToken cancellationToken)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(body.GetRawText()));
        if (await letters.FindAsync(scope, id, cancellationToken) is not { } letter)
        {
            return LetterRefusals.NotFound(PublicId.DeadLetter(id));
        }

        if (letter.State != LetterState.Open)
        {
            return await EarlierAsync(scope, letter, hash, cancellationToken);
        }

        var content = await letters.ContentAsync(id, cancellationToken);
        var payload = await payloads.ReadAsync(letter, content, cancellationToken);
        var (edited, refusal) = letter.Kind == LetterKind.Message
            ? Message(payload, body)
            : await LineAsync(letter, payload, body, cancellationToken);
        if (edited is null)
        {
            return refusal!;
        }

        var done = await commit.RunAsync(scope, letter, edited, hash, cancellationToken);
        var now = await letters.FindAsync(scope, id, cancellationToken);
        return now is null ? LetterRefusals.NotFound(PublicId.DeadLetter(id))
            : done ? await views.OfEarlierAsync(scope, [now], cancellationToken)
            : await EarlierAsync(scope, now, hash, cancellationToken);
    }

    private static (byte[]? Edited, OpenAiErrorResult? Refusal) Message(byte[]? payload, JsonElement body) =>
        payload is not null && EditedPayload.Message(payload, body) is { } edited
            ? (edited, null)
            : (null, OpenAiErrorResult.Conflict(
                "The body of this message was not kept, or is no envelope: there is nothing to put a new one into.",
                "body",
                "not_editable"));

    private async Task<(byte[]? Edited, OpenAiErrorResult? Refusal)> LineAsync(
        LetterRow letter, byte[]? payload, JsonElement body, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var endpoint = await connection.QuerySingleAsync<string>(new(
            $"SELECT endpoint FROM {SchedulerSchema.Name}.batches WHERE id = @BatchId",
            new { letter.BatchId },
            cancellationToken: cancellationToken));
        var line = EditedPayload.Line(payload, letter.CustomId, endpoint, body);
        return LineCheck.Check(line, endpoint, out _) is { } problem
            ? (null, OpenAiErrorResult.BadRequest(problem.Message, problem.Param ?? "body", problem.Code))
            : (line, null);
    }

    /// <summary>What happened before, if it was this very edit.</summary>
    private async Task<ReplayOutcome> EarlierAsync(
        LetterScope scope, LetterRow letter, byte[] hash, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var earlier = await connection.QuerySingleOrDefaultAsync<byte[]?>(new(
            $"SELECT edit_hash FROM {LetterTable.Name} WHERE id = @Id", new { letter.Id },
            cancellationToken: cancellationToken));
        return earlier is not null && earlier.AsSpan().SequenceEqual(hash)
            ? await views.OfEarlierAsync(scope, [letter], cancellationToken)
            : OpenAiErrorResult.Conflict(
                $"{PublicId.DeadLetter(letter.Id)} has been replayed, or is about to be, with another body.",
                "id",
                "already_replayed");
    }
}
