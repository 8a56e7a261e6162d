using Sluice.Gateway.Identity;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Gateway.Limits;

/// <summary>
/// Refuses at once what is over the bounds of <see cref="ConcurrencyLimits"/>: 429 for the tenant's, 503 for ours.
/// </summary>
internal sealed class ConcurrencyMiddleware(RequestDelegate next, ConcurrencyLimits limits, GatewayMetrics metrics)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task InvokeAsync(HttpContext context)
    {
        var admission = context.Features.Get<Admission>()
            ?? throw new InvalidOperationException("Concurrency is limited before the request was admitted.");
        var (tenant, all) = limits.Acquire(admission.Tenant);
        using (tenant)
        using (all)
        {
            if (all is { IsAcquired: true })
            {
                await next(context);
                return;
            }
        }

        metrics.Refused(all is null ? "tenant_concurrency" : "concurrency");
        await context.WriteErrorAsync(all is null ? TenantIsFull() : GatewayIsFull());
    }

    private static OpenAiErrorResult TenantIsFull() =>
        new(StatusCodes.Status429TooManyRequests, new(
            "Too many requests of this tenant are open at once (Limits:MaxConcurrentPerTenant); try again.",
            OpenAiErrorType.RateLimit, null, "tenant_concurrency_limit"))
        {
            RetryAfter = RetryAfter,
        };

    private static OpenAiErrorResult GatewayIsFull() =>
        OpenAiErrorResult.Unavailable("Too many requests are open at once; try again.", RetryAfter, "overloaded");
}
