using Sluice.Inference.Chat;

namespace Sluice.Streaming.Responses;

/// <summary>One generation: what the provider says, and what becomes of it. For one run.</summary>
internal interface IGeneration
{
    /// <summary>Called once, before anything else.</summary>
    IResponseWriter Begin(ResponseAppender appender);

    /// <summary>Called once; the enumeration ends normally after the provider's own end.</summary>
    /// <exception cref="Sluice.Inference.Providers.ModelFailureException">As of its provider.</exception>
    /// <exception cref="ResponseRefusedException">It cannot be generated.</exception>
    IAsyncEnumerable<ChatChunk> StreamAsync(CancellationToken cancellation);
}
