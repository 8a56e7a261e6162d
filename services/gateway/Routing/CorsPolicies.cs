using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Internal;
using FrameworkOptions = Microsoft.AspNetCore.Cors.Infrastructure.CorsOptions;

namespace Sluice.Gateway.Routing;

/// <summary>The framework's CORS for the origins of <c>Cors:Origins</c>: any call, no cookies.</summary>
internal static class CorsPolicies
{
    private static readonly TimeSpan PreflightAge = TimeSpan.FromMinutes(10);

    public static void Add(IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<FrameworkOptions>().Configure<IOptions<CorsOptions>>((cors, options) =>
            cors.AddDefaultPolicy(policy => policy
                .WithOrigins([.. options.Value.Origins])
                .AllowAnyHeader()
                .AllowAnyMethod()
                .WithExposedHeaders(InternalHeaders.RequestId, "Retry-After", "x-should-retry")
                .SetPreflightMaxAge(PreflightAge)));
    }
}
