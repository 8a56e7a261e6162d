using Sluice.Gateway.Identity;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Sends the creating POST of a response and every later read of it to the same instance, by rendezvous hash: of the
/// available destinations the one whose id weighs most together with the response's id. All gateways choose alike
/// without telling each other, and only the responses of a destination that comes or goes change their place. It saves
/// work and is not needed for correctness: any instance serves any response.
/// </summary>
internal sealed class ResponseIdPolicy : ILoadBalancingPolicy
{
    // FNV-1a, 64 bits: string.GetHashCode differs from process to process.
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    public string Name => "ResponseId";

    public DestinationState? PickDestination(
        HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (availableDestinations.Count < 2)
        {
            return availableDestinations.Count == 0 ? null : availableDestinations[0];
        }

        var id = context.Features.Get<Admission>()?.ResponseId ?? context.Request.RouteValues["id"] as string;
        return id is null ? LessBusyOfTwo(availableDestinations) : Heaviest(availableDestinations, id);
    }

    private static DestinationState Heaviest(IReadOnlyList<DestinationState> destinations, string id)
    {
        var response = Fnv(FnvOffset, id);
        var heaviest = destinations[0];
        var most = Weight(response, heaviest);
        for (var i = 1; i < destinations.Count; i++)
        {
            var weight = Weight(response, destinations[i]);
            if (weight > most)
            {
                (heaviest, most) = (destinations[i], weight);
            }
        }

        return heaviest;
    }

    private static DestinationState LessBusyOfTwo(IReadOnlyList<DestinationState> destinations)
    {
        var first = Random.Shared.Next(destinations.Count);
        var second = (first + Random.Shared.Next(1, destinations.Count)) % destinations.Count;
        return destinations[first].ConcurrentRequestCount <= destinations[second].ConcurrentRequestCount
            ? destinations[first]
            : destinations[second];
    }

    /// <summary>
    /// The end of MurmurHash3 lets every bit decide: ids of destinations often differ in the last characters only,
    /// which FNV alone leaves in the low bits.
    /// </summary>
    private static ulong Weight(ulong response, DestinationState destination)
    {
        var hash = Fnv(response, destination.DestinationId);
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return hash ^ (hash >> 33);
    }

    private static ulong Fnv(ulong hash, string text)
    {
        foreach (var character in text)
        {
            hash = (hash ^ character) * FnvPrime;
        }

        return hash;
    }
}
