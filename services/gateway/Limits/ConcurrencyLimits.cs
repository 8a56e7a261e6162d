using System.Collections.Frozen;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Sluice.Gateway.Identity;

namespace Sluice.Gateway.Limits;

/// <summary>
/// How many requests are open, in all and per tenant. Tenants are known from the keys, so there is one fixed limiter
/// for each. Nothing queues: past a bound the answer is immediate. Safe for any number of threads.
/// </summary>
internal sealed class ConcurrencyLimits : IDisposable
{
    private readonly ConcurrencyLimiter _all;
    private readonly FrozenDictionary<string, ConcurrencyLimiter> _tenants;

    public ConcurrencyLimits(IOptions<LimitsOptions> options, KeyRing keys)
    {
        _all = Limiter(options.Value.MaxConcurrent);
        _tenants = keys.Tenants.ToFrozenDictionary(
            tenant => tenant, _ => Limiter(options.Value.MaxConcurrentPerTenant), StringComparer.Ordinal);
    }

    /// <summary>Both leases must be acquired for the request to go on, and disposed when it is over.</summary>
    public (RateLimitLease Tenant, RateLimitLease? All) Acquire(string tenant)
    {
        var own = _tenants[tenant].AttemptAcquire();
        return (own, own.IsAcquired ? _all.AttemptAcquire() : null);
    }

    public void Dispose()
    {
        _all.Dispose();
        foreach (var limiter in _tenants.Values)
        {
            limiter.Dispose();
        }
    }

    private static ConcurrencyLimiter Limiter(int permits) => new(new() { PermitLimit = permits, QueueLimit = 0 });
}
