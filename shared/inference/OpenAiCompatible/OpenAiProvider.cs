using Sluice.Inference.Chat;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;

namespace Sluice.Inference.OpenAiCompatible;

internal sealed class OpenAiProvider(string name, ProviderOptions options, TimeProvider time) : IModelBackend
{
    public string Name => name;

    public ValueTask<ModelAnswer> CompleteAsync(ChatRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException($"{options.Kind} {time}");

    public IAsyncEnumerable<ChatChunk> StreamAsync(ChatRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
