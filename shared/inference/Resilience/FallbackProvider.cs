using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Telemetry;

namespace Sluice.Inference.Resilience;

/// <summary>
/// Several providers of one model, asked in order until one answers. A stream falls back before its first content only:
/// what was delivered is never delivered again. When all fail, the last one's failure is the answer. Each keeps its own
/// bound and circuit; a full or broken one costs no time, unless it is the last. Thread-safe.
/// </summary>
internal sealed class FallbackProvider(IReadOnlyList<IModelProvider> providers, InferenceTelemetry telemetry)
    : IModelProvider
{
    /// <summary>The names of all in their order, joined by <c>+</c>, which no provider's own name contains.</summary>
    public string Name { get; } = string.Join('+', providers.Select(p => p.Name));

    /// <summary>The sum of theirs.</summary>
    public int MaxConcurrency { get; } = providers.Sum(p => p.MaxConcurrency);

    public bool IsFull => providers.All(p => p.IsFull);

    /// <summary>The strictest of theirs.</summary>
    public StreamDurability Durability { get; } = providers.All(p => p.Durability == StreamDurability.None)
        ? StreamDurability.None
        : StreamDurability.BeforeDelivery;

    /// <summary>
    /// What all of them agree on, else none: whichever answers has to go on with what another has begun.
    /// </summary>
    public Continuation Continuation { get; } = providers.All(p => p.Continuation == providers[0].Continuation)
        ? providers[0].Continuation
        : Continuation.None;

    public Task<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation) =>
        CallAsync(provider => provider.CompleteAsync(request, cancellation));

    public Task<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation) =>
        CallAsync(provider => provider.EmbedAsync(request, cancellation));

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var i = 0; ; i++)
        {
            if (IsPassedOver(i))
            {
                continue;
            }

            var stream = new StreamStart(providers[i].StreamAsync(request, cancellation), cancellation);
            await using var closing = stream.ConfigureAwait(false);
            if (await stream.ReadAsync().ConfigureAwait(false) is { } failure)
            {
                if (IsNextAsked(i, failure))
                {
                    continue;
                }

                throw new ModelFailureException(failure);
            }

            while (await stream.NextAsync().ConfigureAwait(false))
            {
                yield return stream.Current;
            }

            yield break;
        }
    }

    private async Task<ModelAnswer> CallAsync(Func<IModelProvider, Task<ModelAnswer>> call)
    {
        for (var i = 0; ; i++)
        {
            if (IsPassedOver(i))
            {
                continue;
            }

            var answer = await call(providers[i]).ConfigureAwait(false);
            if (answer.AsFailure() is not { } failure || !IsNextAsked(i, failure))
            {
                return answer;
            }
        }
    }

    /// <summary>Whether the call would wait there, and another one could take it.</summary>
    private bool IsPassedOver(int index)
    {
        if (index + 1 == providers.Count || !providers[index].IsFull)
        {
            return false;
        }

        telemetry.FellBack(providers[index].Name, ModelFailure.Full.ErrorType());
        return true;
    }

    private bool IsNextAsked(int index, ModelFailure failure)
    {
        if (index + 1 == providers.Count || !failure.IsWorthAnother())
        {
            return false;
        }

        telemetry.FellBack(providers[index].Name, failure.ErrorType());
        return true;
    }
}
