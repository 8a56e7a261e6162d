using Sluice.Inference.Providers;
using Sluice.Streaming.Chat;
using Sluice.Streaming.Log;
using Sluice.Streaming.OpenAiResponses;

namespace Sluice.Streaming.Responses;

/// <summary>Makes the generation by which a response goes on that another instance has begun.</summary>
internal sealed class ContinuedGenerations(
    LogReplay log, IModelCatalog catalog, ResponsesHistory history, TimeProvider time)
{
    public IGeneration Of(ClaimedResponse claimed) => claimed.Identity.Surface == ResponseSurface.Chat
        ? new ContinuedChat(claimed, log, catalog)
        : new ContinuedResponses(claimed, log, catalog, history, time);
}
