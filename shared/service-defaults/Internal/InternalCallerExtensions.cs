using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Sluice.ServiceDefaults.Internal;

/// <summary>The service's side of the hop from the gateway.</summary>
public static class InternalCallerExtensions
{
    /// <summary>
    /// Refuses (401) every request without the secret of <c>Internal:Secret</c>, except to <c>/healthz/*</c> and
    /// <c>/metrics</c>. Call it before endpoints run; <see cref="Tenant"/> and <see cref="ReceivedAt"/> need it.
    /// </summary>
    public static IApplicationBuilder UseInternalCaller(this IApplicationBuilder app) =>
        app.UseMiddleware<InternalCallerMiddleware>();

    /// <summary>The tenant of the caller's key.</summary>
    /// <exception cref="InvalidOperationException">The request did not pass the secret, or carries no
    /// tenant.</exception>
    public static string Tenant(this HttpContext context) =>
        Caller(context).Tenant ?? throw new InvalidOperationException("The internal request names no tenant.");

    /// <summary>Whether the caller's key has the right of this name; false when the gateway did not say.</summary>
    /// <exception cref="InvalidOperationException">The request did not pass the secret.</exception>
    public static bool HasRight(this HttpContext context, string right) =>
        Caller(context).Rights.Contains(right, StringComparer.Ordinal);

    /// <summary>
    /// When the gateway received the request (millisecond precision, the gateway's clock); this process's time when the
    /// gateway did not say.
    /// </summary>
    /// <exception cref="InvalidOperationException">The request did not pass the secret.</exception>
    public static DateTimeOffset ReceivedAt(this HttpContext context) => Caller(context).ReceivedAt;

    private static InternalCaller Caller(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<InternalCaller>()
            ?? throw new InvalidOperationException("The request did not pass UseInternalCaller().");
    }
}
