using Sluice.Inference.Providers;
using Sluice.Streaming.Log;

namespace Sluice.Streaming.Responses;

/// <summary>What every <see cref="ResponseContinuation"/> reads from.</summary>
internal sealed class ContinuationSources(ResponseLog log, IModelCatalog catalog, TimeProvider time)
{
    public ResponseContinuation Of(ClaimedResponse claimed) => new(claimed, log, catalog, time);
}
