using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Chat;

/// <summary>The rest of a chat completion that another instance has begun.</summary>
internal sealed class ContinuedChat(ClaimedResponse claimed, ContinuationSources sources) : IGeneration
{
    private ResponseAppender _appender = null!;

    public IResponseWriter Begin(ResponseAppender appender)
    {
        _appender = appender;
        appender.Head = claimed.Head;
        return new ChatWriter(appender);
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var identity = claimed.Identity;

        // Configurations may differ from instance to instance while a new one is rolled out.
        if (!ChatRequest.TryRead(identity.Key.PublicId(identity.Surface), identity.Request, out var request, out _)
            || !sources.Catalog.TryResolve(request.Model, out var provider) || !provider.CanContinue(request))
        {
            throw new ResponseRefusedException(Refusal.Interrupted);
        }

        var soFar = new AnswerSoFar(claimed.Head);
        await foreach (var one in sources.Log.ReadAsync(identity, cancellation))
        {
            if (one.Kind == LogEventKind.ChatChunk)
            {
                soFar.Add((byte[])[.. claimed.Head, .. one.Data.Span]);
            }
        }

        _appender.CountBefore(soFar.Tokens);
        if (soFar.IsFinished)
        {
            // Only the mark of its end is missing; usage that was to follow is lost.
            yield break;
        }

        if (provider.Continuation == Continuation.AssistantPrefix && !soFar.IsPlainText)
        {
            throw new ResponseRefusedException(Refusal.Interrupted);
        }

        if (provider.Continuation == Continuation.Deterministic)
        {
            StreamingMetrics.TokensRepeated(soFar.Tokens);
        }

        await foreach (var chunk in provider.ContinueAsync(request, soFar, cancellation))
        {
            yield return chunk;
        }
    }
}
