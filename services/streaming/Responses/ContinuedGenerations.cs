using Sluice.Streaming.Admission;
using Sluice.Streaming.Chat;
using Sluice.Streaming.OpenAiResponses;

namespace Sluice.Streaming.Responses;

/// <summary>Makes the generation by which a response goes on that another instance has begun.</summary>
internal sealed class ContinuedGenerations(ContinuationSources sources)
{
    /// <param name="claimed">The response.</param>
    /// <param name="held">Counts the memory that it takes to go on.</param>
    public IGeneration Of(ClaimedResponse claimed, HeldBytes held) => claimed.Identity.Surface == ResponseSurface.Chat
        ? new ContinuedChat(claimed, sources)
        : new ContinuedResponses(claimed, held, sources);
}
