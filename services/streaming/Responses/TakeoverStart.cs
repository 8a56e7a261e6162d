using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.Responses;

/// <summary>Goes on with responses that were claimed. Thread-safe.</summary>
internal sealed class TakeoverStart(
    ResponseRunner runner, ContinuedGenerations generations, ActiveResponses active)
{
    /// <summary>Ids of the responses that are generated here.</summary>
    public Guid[] Generated => runner.Generated;

    /// <summary>Goes on with one, in a place that the caller has entered; its request counts as memory.</summary>
    public Response Run(ClaimedResponse claimed, InstanceLease lease)
    {
        var place = new ActivePlace(active);
        place.Held.Take(claimed.Identity.Request.Length);
        return runner.Continue(claimed.Identity, lease, generations.Of(claimed, place.Held), place);
    }
}
