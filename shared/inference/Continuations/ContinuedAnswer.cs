using System.Runtime.CompilerServices;
using System.Text.Json;
using Sluice.Inference.Chat;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Continuations;

/// <summary>Goes on with an answer that was interrupted, in the way that its provider is declared to support.</summary>
public static class ContinuedAnswer
{
    /// <summary>The provider can go on with an answer to this request.</summary>
    public static bool CanContinue(this IModelProvider provider, ChatRequest request)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(request);
        return provider.Continuation switch
        {
            Continuation.Deterministic => true,
            Continuation.AssistantPrefix => AssistantPrefix.IsPossible(request),
            _ => false,
        };
    }

    /// <summary>The chunks that follow on <paramref name="soFar"/>, with the same head.</summary>
    /// <param name="provider">One that <see cref="CanContinue"/> the request.</param>
    /// <param name="request">The request as it was first made.</param>
    /// <param name="soFar">What readers have, at least one chunk and no finish reason.</param>
    /// <param name="cancellation">As of <see cref="IModelProvider.StreamAsync"/>.</param>
    /// <exception cref="ModelFailureException">
    /// As of <see cref="IModelProvider.StreamAsync"/>, or <see cref="ModelFailureKind.Diverged"/>.
    /// </exception>
    public static IAsyncEnumerable<ChatChunk> ContinueAsync(
        this IModelProvider provider, ChatRequest request, AnswerSoFar soFar, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(soFar);
        var same = request.WithCreated(soFar.Created);
        return provider.Continuation == Continuation.Deterministic
            ? ReplayAsync(provider.StreamAsync(same, cancellation), soFar, cancellation)
            : FollowAsync(provider, AssistantPrefix.Request(same, soFar), soFar, cancellation);
    }

    private static async IAsyncEnumerable<ChatChunk> ReplayAsync(
        IAsyncEnumerable<ChatChunk> chunks,
        AnswerSoFar soFar,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var filter = new ReplayFilter(soFar);
        await foreach (var chunk in chunks.WithCancellation(cancellation).ConfigureAwait(false))
        {
            soFar.RequireHead(chunk);
            if (filter.Next(chunk) is { } rest)
            {
                yield return rest;
            }
        }

        filter.End();
    }

    private static async IAsyncEnumerable<ChatChunk> FollowAsync(
        IModelProvider provider,
        ChatRequest? rest,
        AnswerSoFar soFar,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (rest is null)
        {
            yield return soFar.Length();
            yield break;
        }

        await foreach (var chunk in provider.StreamAsync(rest, cancellation).ConfigureAwait(false))
        {
            soFar.RequireHead(chunk);
            if ((chunk.Parts & ChatChunkParts.Usage) != ChatChunkParts.None)
            {
                yield return PrefixUsage.Of(chunk, soFar.Tokens);
            }
            else if (chunk.Parts != ChatChunkParts.Role)
            {
                yield return chunk;
            }
        }
    }
}
