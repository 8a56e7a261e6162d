using System.Diagnostics;
using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;

namespace Sluice.Inference.Simulated;

/// <summary>
/// The built-in model: works offline, is deterministic in its request, and does what the request's directives say
/// (<see cref="SimulatedScript"/>). Without delays a whole answer costs a few µs.
/// </summary>
internal sealed class SimulatedProvider(string name, TimeProvider time) : IModelBackend, IDisposable
{
    /// <summary>What a simulated 429 asks for; the shortest that whole seconds can say.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly RefusalCounter _refusals = new();
    private readonly Pacer _pacer = new();

    public string Name => name;

    public void Dispose() => _pacer.Dispose();

    public ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var script = SimulatedScript.Of(request);
        if (Refusal(script) is { } refusal)
        {
            return ValueTask.FromResult(Refused(refusal));
        }

        var isCut = script.FailAfter >= 0 && script.FailAfter <= script.Tokens;
        var tokens = (isCut ? script.FailAfter : script.Tokens) - script.Start;
        var duration = script.First + (script.Delay * (Math.Max(1, tokens) - 1));
        return duration == TimeSpan.Zero
            ? ValueTask.FromResult(Answer(request, script, isCut))
            : AfterAsync(duration, () => Answer(request, script, isCut), cancellation);
    }

    public ValueTask<ModelAnswer> EmbedAsync(EmbeddingRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var script = SimulatedScript.Of(request);
        return Refusal(script) is { } refusal ? ValueTask.FromResult(Refused(refusal))
            : request.Dimensions > SimulatedEmbeddings.MaxDimensions
                ? ValueTask.FromResult(Refused(TooManyDimensions()))
                : AfterAsync(
                    script.First,
                    () => new() { Status = 200, Body = SimulatedEmbeddings.Answer(request) },
                    cancellation);
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync(
        ChatRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var script = SimulatedScript.Of(request);
        if (Refusal(script) is { } refusal)
        {
            throw new ModelFailureException(refusal);
        }

        var chunks = new SimulatedChunks(request, script, request.Created ?? Now());
        using var wait = new PacedWait(_pacer, cancellation);
        var start = Stopwatch.GetTimestamp();
        for (var token = script.Start; token < script.Tokens; token++)
        {
            if (token == script.FailAfter)
            {
                throw new ModelFailureException(Cut());
            }

            var due = start + Ticks(script.First + (script.Delay * (token - script.Start)));
            if (due > Stopwatch.GetTimestamp())
            {
                await wait.Until(due).ConfigureAwait(false);
            }

            cancellation.ThrowIfCancellationRequested();
            if (token == script.Start)
            {
                yield return chunks.Role();
            }

            yield return chunks.Token(token, due / (Stopwatch.Frequency / 1_000_000));
        }

        if (script.FailAfter == script.Tokens)
        {
            throw new ModelFailureException(Cut());
        }

        yield return chunks.Finish();
        if (request.IncludeUsage)
        {
            yield return chunks.Usage();
        }
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    private static ModelFailure Cut() => new(ModelFailureKind.Cut, "The model provider cut the connection.");

    private long Now() => time.GetUtcNow().ToUnixTimeSeconds();

    private static ModelAnswer Refused(ModelFailure refusal) => new()
    {
        Status = refusal.Status,
        Body = refusal.Body,
        RetryAfter = refusal.RetryAfter,
    };

    private static ModelFailure TooManyDimensions()
    {
        var message = $"'dimensions' must be at most {SimulatedEmbeddings.MaxDimensions} for this model.";
        return ModelFailure.Refused(400, SimulatedAnswer.Refusal(400, "simulated", message), null);
    }

    private async ValueTask<ModelAnswer> AfterAsync(
        TimeSpan duration, Func<ModelAnswer> answer, CancellationToken cancellation)
    {
        if (duration > TimeSpan.Zero)
        {
            using var wait = new PacedWait(_pacer, cancellation);
            await wait.Until(Stopwatch.GetTimestamp() + Ticks(duration)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
        }

        return answer();
    }

    private ModelAnswer Answer(ChatRequest request, SimulatedScript script, bool isCut) => isCut
        ? new ModelAnswer { Failure = Cut() }
        : new ModelAnswer { Status = 200, Body = SimulatedAnswer.Whole(request, script, Now()) };

    private ModelFailure? Refusal(SimulatedScript script) =>
        script.OutOfRange is { } outOfRange
            ? ModelFailure.Refused(400, SimulatedAnswer.Refusal(400, "invalid_directive", outOfRange), null)
            : script.Status != 0 && _refusals.Refuses(script.Hash, script.Times)
            ? ModelFailure.Refused(
                script.Status,
                SimulatedAnswer.Refusal(script.Status, script.IsQuota),
                script.Status == 429 ? RetryAfter : null)
            : null;
}
