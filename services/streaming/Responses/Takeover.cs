using Sluice.Durability.Instances;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Takes over what instances have left: fence the instance, write the rows that it has only in its journal, claim its
/// responses, and only then read where each log ends. Generation goes on where the provider supports that, within the
/// bound of running responses and before new requests; else the response gets an error event as its end. For one loop.
/// </summary>
internal sealed class Takeover(
    TakeoverTable table,
    TakeoverProbation probation,
    IInstances instances,
    ActiveResponses active,
    TakeoverStart start)
{
    /// <summary>So that several instances share what one has left.</summary>
    private const int MaxClaimedAtOnce = 50;

    private bool _isUnsure;

    /// <summary>One round over the instances among <paramref name="dead"/>.</summary>
    public async Task<TakeoverCount> RunAsync(IReadOnlyCollection<Guid> dead, CancellationToken cancellation)
    {
        var total = new TakeoverCount(0, 0);
        var lacks = false;
        try
        {
            await SettleAsync(cancellation);
            await probation.RunAsync(cancellation);
            foreach (var owner in await table.OwnersAsync(dead, cancellation))
            {
                await instances.FenceAsync(owner, cancellation);
                await table.WriteRowsAsync(owner, cancellation);
                var (continued, isFull) = await ContinueAsync(owner, cancellation);
                lacks |= isFull;
                total += new TakeoverCount(continued, await EndAsync(owner, cancellation));
            }
        }
        finally
        {
            // For the next round: without it every place that becomes free would go to a request that waits for one.
            active.Keep(lacks ? MaxClaimedAtOnce : 0);
        }

        StreamingMetrics.ResponsesTakenOver(total);
        return total;
    }

    /// <summary>
    /// After a claim that failed: it may have been committed, and then nobody else looks for its responses.
    /// </summary>
    private async Task SettleAsync(CancellationToken cancellation)
    {
        if (_isUnsure)
        {
            await table.GiveUpAsync(instances.Current.Id, start.Generated, cancellation);
            _isUnsure = false;
        }
    }

    private async Task<int> EndAsync(Guid owner, CancellationToken cancellation)
    {
        var total = 0;
        int ended;
        do
        {
            ended = await table.EndAsync(instances.Current.Id, owner, cancellation);
            total += ended;
        }
        while (ended == TakeoverTable.MaxAtOnce);
        return total;
    }

    /// <summary>How many go on here, and whether more might for which there was no place.</summary>
    private async Task<(int Continued, bool IsFull)> ContinueAsync(Guid owner, CancellationToken cancellation)
    {
        var total = 0;
        int places;
        int claimed;
        do
        {
            (places, claimed) = await ClaimAsync(owner, MaxClaimedAtOnce, suspects: false, cancellation);
            total += claimed;
        }
        while (claimed == MaxClaimedAtOnce);
        if (owner != Guid.Empty && probation.IsFree)
        {
            total += (await ClaimAsync(owner, max: 1, suspects: true, cancellation)).Claimed;
        }

        return (total, claimed == places);
    }

    /// <summary>Enters some places, uses some of them, and leaves the others.</summary>
    private async Task<(int Places, int Claimed)> ClaimAsync(
        Guid owner, int max, bool suspects, CancellationToken cancellation)
    {
        var (places, used) = (0, 0);
        while (places < max && !active.IsMemoryFull && active.TryEnter())
        {
            places++;
        }

        if (places == 0)
        {
            return (0, 0);
        }

        try
        {
            // The lease is read before the claim: if it is lost in between, so are the responses.
            var lease = instances.Current;
            _isUnsure = true;
            foreach (var claimed in await table.ClaimAsync(lease.Id, owner, places, suspects, cancellation))
            {
                used++;
                probation.Begin(start.Run(claimed, lease), suspects);
            }

            _isUnsure = false;
        }
        finally
        {
            for (var unused = used; unused < places; unused++)
            {
                active.Leave();
            }
        }

        return (places, used);
    }
}
