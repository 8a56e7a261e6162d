using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Resilience;

/// <summary>
/// A provider behind its circuit breaker. A stream succeeds with its first content; one that breaks later is counted
/// as a failure too. Thread-safe.
/// </summary>
internal sealed class CircuitBackend(IModelBackend backend, ProviderCircuit circuit) : IModelBackend
{
    public string Name => backend.Name;

    public ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation) =>
        CallAsync(() => backend.CompleteAsync(request, cancellation), request.OwnsErrors);

    public ValueTask<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation) =>
        CallAsync(() => backend.EmbedAsync(request, cancellation), request.OwnsErrors);

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var stream = new StreamStart(backend.StreamAsync(request, cancellation), cancellation);
        await using var closing = stream.ConfigureAwait(false);
        if (await circuit.CallAsync(stream.ReadAsync).ConfigureAwait(false) is { } failure)
        {
            throw new ModelFailureException(failure);
        }

        while (true)
        {
            try
            {
                if (!await stream.NextAsync().ConfigureAwait(false))
                {
                    yield break;
                }
            }
            catch (ModelFailureException exception)
            {
                await circuit.CountAsync(exception.Failure).ConfigureAwait(false);
                throw;
            }

            yield return stream.Current;
        }
    }

    private async ValueTask<ModelAnswer> CallAsync(Func<ValueTask<ModelAnswer>> call, bool ownsErrors)
    {
        ModelAnswer? answer = null;
        var failure = await circuit.CallAsync(async () =>
        {
            answer = await call().ConfigureAwait(false);
            return ownsErrors && answer.Status == 500 ? null : answer.AsFailure();
        }).ConfigureAwait(false);
        return answer ?? new ModelAnswer { Failure = failure };
    }
}
