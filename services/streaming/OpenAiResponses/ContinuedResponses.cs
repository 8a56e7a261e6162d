using System.Runtime.CompilerServices;
using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Responses;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The rest of a response of the Responses API that another instance has begun.</summary>
internal sealed class ContinuedResponses(
    ClaimedResponse claimed, HeldBytes held, ContinuationSources sources) : IGeneration
{
    private ResponsesWriter _writer = null!;
    private ResponseAppender _appender = null!;

    public static ModelFailure Diverged { get; } = new(
        ModelFailureKind.Diverged, "The model gave another answer when the interrupted one was generated again.");

    public IResponseWriter Begin(ResponseAppender appender)
    {
        _appender = appender;
        appender.Head = claimed.Head;
        return _writer = new ResponsesWriter(appender);
    }

    public async IAsyncEnumerable<ChatChunk> StreamAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var identity = claimed.Identity;
        if (!ResponsesRequest.TryRead(
                identity.Key.PublicId(identity.Surface), identity.Request, out var request, out _)
            || !sources.Catalog.TryResolve(request.Model, out var provider))
        {
            throw new ResponseRefusedException(Refusal.Interrupted);
        }

        var (tokens, isTextDone) = (0, false);
        var events = new ResponsesEvents(request, identity.Key.CreatedAt, sources.Time, _writer);
        await foreach (var one in sources.Log.ReadAsync(identity, cancellation))
        {
            events.Restore(one.Data);
            tokens += IsText(one) ? 1 : 0;
            isTextDone |= IsTextDone(one);
        }

        _writer.Use(events);
        _writer.Open(identity.IsBackground);

        if (events.IsPlainText && isTextDone && provider.Continuation != Continuation.Deterministic
            && !(request.MaxOutputTokens <= tokens))
        {
            // The model had ended; only what says so is missing. A rerun, or a limit that is reached, says why too.
            _appender.CountBefore(tokens);
            yield break;
        }

        var turns = await sources.Log.PersistAsync(
            () => sources.History.LoadAsync(identity.Tenant, request, held, cancellation), cancellation);
        var chat = request.ToChat(turns);
        await foreach (var chunk in Rest(provider, chat, events, tokens, cancellation))
        {
            yield return chunk;
        }
    }

    private IAsyncEnumerable<ChatChunk> Rest(
        IModelProvider provider, ChatRequest chat, ResponsesEvents events, int tokens, CancellationToken cancellation)
    {
        if (events.IsPlainText && events.OutputText.IsEmpty)
        {
            return provider.StreamAsync(chat, cancellation);
        }

        if (provider.Continuation == Continuation.Deterministic)
        {
            StreamingMetrics.TokensRepeated(tokens);
            events.Rerun();
            return provider.StreamAsync(chat, cancellation);
        }

        if (!provider.CanContinue(chat) || !events.IsPlainText)
        {
            throw new ResponseRefusedException(Refusal.Interrupted);
        }

        _appender.CountBefore(tokens);
        return provider.ContinueAsync(chat, AnswerSoFar.OfText(events.OutputText, tokens), cancellation);
    }

    private static bool IsTextDone(LogEvent one) =>
        one.Data.Span.StartsWith("{\"type\":\"response.output_text.done\""u8);

    private static bool IsText(LogEvent one) =>
        one.Data.Span.StartsWith("{\"type\":\"response.output_text.delta\""u8);
}
