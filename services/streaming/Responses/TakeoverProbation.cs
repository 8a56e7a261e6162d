using Microsoft.Extensions.Options;

namespace Sluice.Streaming.Responses;

/// <summary>
/// The responses that were taken over a moment ago. A response that ends its process would be taken over with all that
/// ran beside it, again and again, until all have reached the limit. So those that were there at two ends in a row,
/// suspects, begin one after the other: then only the one is blamed that was last to begin. For one loop.
/// </summary>
internal sealed class TakeoverProbation(
    TakeoverTable table, IOptions<StreamingOptions> options, TimeProvider time)
{
    private readonly List<(Response Response, bool IsSuspect, long Since)> _running = [];

    /// <summary>The next suspect may begin.</summary>
    public bool IsFree => !_running.Exists(one => one.IsSuspect);

    public void Begin(Response response, bool isSuspect) => _running.Add((response, isSuspect, time.GetTimestamp()));

    /// <summary>Clears those that have lasted.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        _running.RemoveAll(one => one.Response.Ended.IsCompleted);
        var lasted = _running.FindAll(one => time.GetElapsedTime(one.Since) >= options.Value.TakeoverProbation);
        foreach (var owner in lasted.GroupBy(one => one.Response.Lease.Id))
        {
            await table.ClearAsync(owner.Key, [.. owner.Select(one => one.Response.Key.Id)], cancellation);
        }

        _running.RemoveAll(lasted.Contains);
    }
}
