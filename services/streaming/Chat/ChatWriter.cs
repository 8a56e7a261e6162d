using Sluice.Inference.Chat;
using Sluice.Streaming.Log;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary>The events of a chat completion: its chunks, and how it ended.</summary>
internal sealed class ChatWriter(ResponseAppender appender) : IResponseWriter
{
    public void Write(ChatChunk chunk, bool isReleased)
    {
        if (appender.Head.IsEmpty)
        {
            appender.Head = chunk.Json[..chunk.HeadLength].ToArray();
        }

        appender.Append(LogEventKind.ChatChunk, chunk.Json.Span[chunk.HeadLength..], isReleased);
    }

    public void Complete() =>
        appender.Append(LogEventKind.Completed, default, release: true, ResponseState.Completed);

    public void Fail(Refusal refusal, string state) =>
        appender.Append(LogEventKind.Failed, refusal.Event(), release: true, state);
}
