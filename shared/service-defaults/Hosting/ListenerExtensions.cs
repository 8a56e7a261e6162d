using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>Listeners are explicit: <c>ASPNETCORE_URLS</c> and its relatives are not looked at.</summary>
public static class ListenerExtensions
{
    /// <summary>
    /// Adds a listener whose URL is read from <paramref name="key"/> of the configuration. A URL that does not parse
    /// adds none: the options class that owns the key refuses it at start, with a better message than Kestrel's.
    /// </summary>
    public static WebApplicationBuilder AddListener(
        this WebApplicationBuilder builder, ListenerKind kind, string key, string fallback)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.Configure<KestrelServerOptions>(
            kestrel => Bind(kestrel, builder.Configuration[key] ?? fallback, kind));
        return builder;
    }

    /// <summary>True when the request came in on the internal listener; false where the listener is unknown.</summary>
    public static bool IsInternalListener(this HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Features.Get<IListenerFeature>()?.Kind == ListenerKind.Internal;
    }

    /// <summary>
    /// Checks a listener's URL; null when it is good, else the rest of a sentence that starts with the key.
    /// </summary>
    public static string? RefuseListenerUrl(string? url, ListenerKind kind) =>
        Listener.TryParse(url, kind, out _, out var error) ? null : error;

    /// <summary>
    /// The address that a started application really listens on (the port is the bound one, also where 0 was asked
    /// for).
    /// </summary>
    /// <exception cref="InvalidOperationException">Before the start, or when there is no such listener.</exception>
    public static Uri ListenerAddress(this WebApplication app, ListenerKind kind)
    {
        ArgumentNullException.ThrowIfNull(app);
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

        // Kestrel binds in the order of registration: the service's own listener first, the internal one last.
        var address = kind == ListenerKind.Internal ? bound.LastOrDefault() : bound.Count > 1 ? bound.First() : null;
        return address is null
            ? throw new InvalidOperationException($"There is no {kind} listener, or the application has not started.")
            : new Uri(address.Replace("[::]", "127.0.0.1", StringComparison.Ordinal)
                .Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal));
    }

    internal static void Bind(KestrelServerOptions kestrel, string url, ListenerKind kind)
    {
        if (Listener.TryParse(url, kind, out var listener, out _))
        {
            listener!.Bind(kestrel);
        }
    }
}
