using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Inference.Responses;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>A response of the Responses API from its beginning.</summary>
internal sealed class ResponsesGeneration(
    ResponseKey key, ResponsesRequest request, IModelProvider provider, ChatRequest chat, TimeProvider time)
    : IGeneration
{
    public IResponseWriter Begin(ResponseAppender appender)
    {
        var writer = new ResponsesWriter(appender);
        writer.Use(new ResponsesEvents(request, key.CreatedAt, time, writer));
        writer.Open(request.Background);
        return writer;
    }

    public IAsyncEnumerable<ChatChunk> StreamAsync(CancellationToken cancellation) =>
        provider.StreamAsync(chat, cancellation);
}
