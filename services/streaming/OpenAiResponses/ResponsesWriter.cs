using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Inference.Responses;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The events of the Responses API. Not thread-safe.</summary>
internal sealed class ResponsesWriter(ResponseAppender appender) : IResponseWriter, IResponsesEventSink
{
    private ResponsesEvents? _events;
    private bool _isReleased;
    private string? _endState;

    /// <summary>What turns chunks into events; set before the first chunk.</summary>
    public void Use(ResponsesEvents events) => _events = events;

    /// <summary>Writes the events before the first chunk that are not there yet.</summary>
    /// <param name="isBackground">Then its caller does not wait for the first content.</param>
    public void Open(bool isBackground)
    {
        _isReleased = isBackground;
        _events!.Created();
        if (isBackground)
        {
            _events.Queued();
        }

        _events.InProgress();
    }

    public void Write(ChatChunk chunk, bool isReleased)
    {
        _isReleased |= isReleased;
        Require(_events!.Add(chunk.Json.Span));
    }

    public void Complete()
    {
        (_isReleased, _endState) = (true, ResponseState.Completed);
        Require(_events!.Complete());
    }

    public void Fail(Refusal refusal, string state)
    {
        (_isReleased, _endState) = (true, state);
        if (_events is null)
        {
            appender.Append(LogEventKind.Failed, refusal.Event(), release: true, state);
        }
        else if (state == ResponseState.Cancelled)
        {
            _events.Cancel();
        }
        else
        {
            _events.Fail(refusal.Error.Code ?? "server_error", refusal.Error.Message);
        }
    }

    void IResponsesEventSink.Add(ResponsesEvent one)
    {
        var isEnd = one.Type is "response.completed" or "response.incomplete" or "response.failed";
        appender.Append(LogEventKind.ResponsesEvent, one.Json.Span, _isReleased, isEnd ? _endState : null);
    }

    private static void Require(bool isSame)
    {
        if (!isSame)
        {
            throw new ModelFailureException(ContinuedResponses.Diverged);
        }
    }
}
