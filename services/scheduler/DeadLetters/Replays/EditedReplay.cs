using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>
/// Replays one letter with another body: claim, edit and replay are one transaction. The same edit again answers what
/// the first one did. Safe for concurrent use.
/// </summary>
internal sealed class EditedReplay(
    LetterTable letters, LetterPayload payloads, EditedLine lines, ReplayCommit commit, ReplayViews views)
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

        if (letter.Kind == LetterKind.Webhook)
        {
            return OpenAiErrorResult.Conflict(
                "The body of an event cannot be changed; replay it as it is, without a body.", "body", "not_editable");
        }

        var content = await letters.ContentAsync(id, cancellationToken);
        var payload = await payloads.ReadAsync(letter, content, cancellationToken);
        var (edited, refusal) = letter.Kind == LetterKind.Message
            ? Message(payload, body)
            : await lines.OfAsync(letter, payload, body, cancellationToken);
        if (edited is null)
        {
            return refusal!;
        }

        var done = await commit.RunAsync(scope, letter, edited, hash, cancellationToken);
        if (done.Refusal is { } full)
        {
            return full;
        }

        var now = await letters.FindAsync(scope, id, cancellationToken);
        return now is null ? LetterRefusals.NotFound(PublicId.DeadLetter(id))
            : done.IsMade ? await views.OfEarlierAsync(scope, [now], cancellationToken)
            : await EarlierAsync(scope, now, hash, cancellationToken);
    }

    private static (byte[]? Edited, OpenAiErrorResult? Refusal) Message(byte[]? payload, JsonElement body) =>
        payload is not null && EditedPayload.Message(payload, body) is { } edited
            ? (edited, null)
            : (null, OpenAiErrorResult.Conflict(
                "The body of this message was not kept, or is no envelope: there is nothing to put a new one into.",
                "body",
                "not_editable"));

    /// <summary>What happened before, if it was this very edit.</summary>
    private async Task<ReplayOutcome> EarlierAsync(
        LetterScope scope, LetterRow letter, byte[] hash, CancellationToken cancellationToken)
    {
        var earlier = await letters.EditHashAsync(letter.Id, cancellationToken);
        return earlier is not null && earlier.AsSpan().SequenceEqual(hash)
            ? await views.OfEarlierAsync(scope, [letter], cancellationToken)
            : OpenAiErrorResult.Conflict(
                $"{PublicId.DeadLetter(letter.Id)} has been replayed, or is about to be, with another body.",
                "id",
                "already_replayed");
    }
}
