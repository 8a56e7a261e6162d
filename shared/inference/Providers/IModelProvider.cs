using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Options;

namespace Sluice.Inference.Providers;

/// <summary>
/// A model server. Thread-safe. Answers and chunks carry the request's id and model name, never the provider's.
/// Calls past <see cref="MaxConcurrency"/> wait, as many and as long as the provider's options allow, and then fail
/// with <see cref="ModelFailureKind.Full"/>; calls to one that keeps failing fail with
/// <see cref="ModelFailureKind.CircuitOpen"/>.
/// </summary>
public interface IModelProvider
{
    /// <summary>
    /// The name in <c>Inference:Providers</c>, or those of all that serve a model; never shown to callers.
    /// </summary>
    string Name { get; }

    /// <summary>Calls this process may have open at the provider at one time.</summary>
    int MaxConcurrency { get; }

    /// <summary>As many are open now: a further call would wait.</summary>
    bool IsFull { get; }

    /// <summary>What its streamed answers survive, unless a request says otherwise.</summary>
    StreamDurability Durability { get; }

    /// <summary>How it can go on with an answer that was interrupted.</summary>
    Continuation Continuation { get; }

    /// <summary>Asks for a whole answer. A refusal or a failure of the provider is a value, not an exception.</summary>
    /// <param name="request">A request with <c>stream</c> false.</param>
    /// <param name="cancellation">Closes the call upstream at once.</param>
    /// <exception cref="OperationCanceledException">Only for <paramref name="cancellation"/>.</exception>
    Task<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation);

    /// <summary>Asks for vectors. A refusal or a failure of the provider is a value, not an exception.</summary>
    /// <param name="request">What of.</param>
    /// <param name="cancellation">Closes the call upstream at once.</param>
    /// <exception cref="OperationCanceledException">Only for <paramref name="cancellation"/>.</exception>
    Task<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation);

    /// <summary>
    /// Asks for a streamed answer, for one reader. The enumeration ends normally only after the provider's own end of
    /// stream was seen.
    /// </summary>
    /// <param name="request">A request with <c>stream</c> true.</param>
    /// <param name="cancellation">Closes the call upstream at once, as does disposing the enumerator.</param>
    /// <exception cref="ModelFailureException">From the enumeration: refused, timed out, cut, or garbage.</exception>
    /// <exception cref="OperationCanceledException">Only for <paramref name="cancellation"/>.</exception>
    IAsyncEnumerable<ChatChunk> StreamAsync(ChatRequest request, CancellationToken cancellation);
}
