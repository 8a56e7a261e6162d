using Microsoft.Extensions.Options;
using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.Responses;

/// <summary>
/// When it is looked for responses that have no living owner: as often as instances look at each other, and between
/// that whenever some were handed over; not where there was no place for the last ones, which places that become free
/// are kept for. For one loop.
/// </summary>
internal sealed class TakeoverPace(
    TakeoverTable table,
    ActiveResponses active,
    IOptions<StreamingOptions> streaming,
    IOptions<InstanceOptions> instances,
    TimeProvider time)
{
    private long _last = time.GetTimestamp();

    /// <summary>Waits until the database may be asked again.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        var (handedOver, all) = (streaming.Value.HandoverInterval, instances.Value.RenewEvery);
        return Task.Delay(handedOver < all ? handedOver : all, time, cancellation);
    }

    /// <summary>A round is due, and begins now.</summary>
    public async Task<bool> IsDueAsync(CancellationToken cancellation)
    {
        if (time.GetElapsedTime(_last) < instances.Value.RenewEvery
            && (active.KeepsPlaces || !await table.AreHandedOverAsync(cancellation)))
        {
            return false;
        }

        _last = time.GetTimestamp();
        return true;
    }
}
