using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;

namespace Sluice.Inference.Providers;

/// <summary>A provider without limits and telemetry, which <c>InstrumentedProvider</c> puts around it.</summary>
internal interface IModelBackend
{
    string Name { get; }

    /// <inheritdoc cref="IModelProvider.CompleteAsync"/>
    ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation);

    /// <inheritdoc cref="IModelProvider.EmbedAsync"/>
    ValueTask<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation);

    /// <inheritdoc cref="IModelProvider.StreamAsync"/>
    IAsyncEnumerable<ChatChunk> StreamAsync(ChatRequest request, CancellationToken cancellation);
}
