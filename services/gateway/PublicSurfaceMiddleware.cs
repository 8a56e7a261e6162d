using Sluice.ServiceDefaults.Hosting;

namespace Sluice.Gateway;

/// <summary>Keeps the internal listener to health and metrics: the public surface has one door.</summary>
internal sealed class PublicSurfaceMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (!context.IsInternalListener() || path.StartsWithSegments("/healthz", StringComparison.Ordinal)
            || path.StartsWithSegments("/metrics", StringComparison.Ordinal))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
