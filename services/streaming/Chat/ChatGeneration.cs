using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary>A chat completion from its beginning.</summary>
internal sealed class ChatGeneration(IModelProvider provider, ChatRequest request) : IGeneration
{
    public IResponseWriter Begin(ResponseAppender appender) => new ChatWriter(appender);

    public IAsyncEnumerable<ChatChunk> StreamAsync(CancellationToken cancellation) =>
        provider.StreamAsync(request, cancellation);
}
