using Sluice.Inference.Chat;

namespace Sluice.Streaming.Responses;

/// <summary>Turns what a provider says into the events of one response. For the runner, one call at a time.</summary>
internal interface IResponseWriter
{
    /// <param name="chunk">A chunk of the answer.</param>
    /// <param name="isReleased">Its events, and those before, may be committed.</param>
    /// <exception cref="Sluice.Inference.Providers.ModelFailureException">It is another answer than before.</exception>
    void Write(ChatChunk chunk, bool isReleased);

    /// <summary>Ends the response after its last chunk.</summary>
    /// <exception cref="Sluice.Inference.Providers.ModelFailureException">It is another answer than before.</exception>
    void Complete();

    /// <summary>Ends the response before its last chunk.</summary>
    /// <param name="refusal">Why.</param>
    /// <param name="state">One of <see cref="ResponseState"/>.</param>
    void Fail(Refusal refusal, string state);
}
