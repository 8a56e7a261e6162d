using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Logging;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Telemetry;

/// <summary>A provider with its bound of open calls and with telemetry around each call.</summary>
internal sealed partial class InstrumentedProvider(
    IModelBackend backend,
    ProviderOptions options,
    InferenceTelemetry telemetry,
    ILogger logger) : IModelProvider, IDisposable
{
    private readonly ConcurrencyLimiter _places = new(new()
    {
        PermitLimit = options.MaxConcurrency,
        QueueLimit = options.QueueLength,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public string Name => backend.Name;

    public int MaxConcurrency => options.MaxConcurrency;

    public bool IsFull => _places.GetStatistics() is { CurrentAvailablePermits: 0 };

    public StreamDurability Durability => options.Durability;

    public Continuation Continuation => options.Continuation;

    public void Dispose() => _places.Dispose();

    public Task<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Stream)
        {
            throw new ArgumentException("A request for a stream is answered by StreamAsync.", nameof(request));
        }

        return CallAsync(
            InferenceTelemetry.Chat,
            request.Model,
            request.Id,
            () => backend.CompleteAsync(request, cancellation),
            cancellation);
    }

    public Task<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        return CallAsync(
            InferenceTelemetry.Embeddings,
            request.Model,
            null,
            () => backend.EmbedAsync(request, cancellation),
            cancellation);
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!request.Stream)
        {
            throw new ArgumentException("A request for a whole answer is answered by CompleteAsync.", nameof(request));
        }

        using var place = await EnterAsync(cancellation).ConfigureAwait(false);
        if (!place.IsAcquired)
        {
            throw new ModelFailureException(ModelFailure.Full);
        }

        var start = Stopwatch.GetTimestamp();
        var activity = InferenceTelemetry.Start(InferenceTelemetry.Chat, Name, request.Model, request.Id);
        string? error = "cancelled";
        var chunks = backend.StreamAsync(request, cancellation).GetAsyncEnumerator(cancellation);
        try
        {
            var waitsForFirst = true;
            while (true)
            {
                try
                {
                    if (!await chunks.MoveNextAsync().ConfigureAwait(false))
                    {
                        error = null;
                        break;
                    }
                }
                catch (ModelFailureException exception)
                {
                    error = Report(exception.Failure, request.Model, request.Id);
                    throw;
                }

                if (waitsForFirst && (chunks.Current.Parts & ChatChunkParts.Content) != ChatChunkParts.None)
                {
                    waitsForFirst = false;
                    telemetry.FirstToken(Name, request.Model, Stopwatch.GetElapsedTime(start));
                }

                if ((chunks.Current.Parts & ChatChunkParts.Usage) != ChatChunkParts.None)
                {
                    telemetry.Used(
                        activity,
                        InferenceTelemetry.Chat,
                        Name,
                        request.Model,
                        TokenUsage.Read(chunks.Current.Json.Span));
                }

                yield return chunks.Current;
            }
        }
        finally
        {
            await chunks.DisposeAsync().ConfigureAwait(false);
            telemetry.Ended(
                activity, InferenceTelemetry.Chat, Name, request.Model, Stopwatch.GetElapsedTime(start), error);
        }
    }

    private async Task<ModelAnswer> CallAsync(
        string operation,
        string model,
        string? id,
        Func<ValueTask<ModelAnswer>> call,
        CancellationToken cancellation)
    {
        using var place = await EnterAsync(cancellation).ConfigureAwait(false);
        if (!place.IsAcquired)
        {
            return new ModelAnswer { Failure = ModelFailure.Full };
        }

        var start = Stopwatch.GetTimestamp();
        var activity = InferenceTelemetry.Start(operation, Name, model, id);
        var error = "cancelled";
        try
        {
            var answer = await call().ConfigureAwait(false);
            error = answer.AsFailure() is { } failure ? Report(failure, model, id) : null;
            telemetry.Used(activity, operation, Name, model, TokenUsage.Of(answer));
            return answer;
        }
        finally
        {
            telemetry.Ended(activity, operation, Name, model, Stopwatch.GetElapsedTime(start), error);
        }
    }

    /// <summary>
    /// Logs what the caller is not told. A refusal is an answer and stands in the metrics; an open circuit has logged
    /// that it opened. Returns the error's type.
    /// </summary>
    private string Report(ModelFailure failure, string model, string? id)
    {
        if (failure.Kind is not (ModelFailureKind.Refused or ModelFailureKind.CircuitOpen))
        {
            Log.Failed(logger, id ?? "embeddings", model, Name, failure.Kind, failure.Detail ?? failure.Message);
        }

        return failure.ErrorType();
    }

    /// <summary>A place among the open calls; not acquired if the queue is full or it took too long.</summary>
    private async ValueTask<RateLimitLease> EnterAsync(CancellationToken cancellation)
    {
        var place = _places.AttemptAcquire();
        if (place.IsAcquired || options.QueueLength == 0)
        {
            return place;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(options.QueueTimeout);
        try
        {
            return await _places.AcquireAsync(1, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return place;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Id}: model {Model} of provider {Provider} failed ({Kind}): {Detail}")]
        public static partial void Failed(
            ILogger logger, string id, string model, string provider, ModelFailureKind kind, string detail);
    }
}
