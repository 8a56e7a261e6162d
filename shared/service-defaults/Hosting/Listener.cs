using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sluice.ServiceDefaults.Hosting;

/// <summary>One address that the process listens on, parsed from a URL such as <c>http://0.0.0.0:8081</c>.</summary>
internal sealed class Listener(ListenerKind kind, BindingAddress address) : IListenerFeature
{
    public ListenerKind Kind => kind;

    /// <summary>
    /// Accepts <c>http</c> (and, for the public listener, <c>https</c>) with an explicit port or the scheme's; the host
    /// is an IP address, <c>localhost</c>, <c>*</c> or <c>+</c>. Port 0 takes a free one.
    /// </summary>
    public static bool TryParse(string? url, ListenerKind kind, out Listener? listener, out string? error)
    {
        listener = null;
        error = Refusal(url, kind, out var address);
        if (error is not null || address is null)
        {
            return false;
        }

        listener = new(kind, address);
        return true;
    }

    public void Bind(KestrelServerOptions options)
    {
        if (address.Host is "*" or "+" or "0.0.0.0" or "[::]")
        {
            options.ListenAnyIP(address.Port, Configure);
        }
        else if (IPAddress.TryParse(address.Host, out var ip))
        {
            options.Listen(ip, address.Port, Configure);
        }
        else if (address.Port == 0)
        {
            options.Listen(IPAddress.Loopback, 0, Configure);
        }
        else
        {
            options.ListenLocalhost(address.Port, Configure);
        }
    }

    private void Configure(ListenOptions listen)
    {
        if (string.Equals(address.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
        {
            listen.UseHttps();
        }
        else
        {
            listen.Protocols = kind == ListenerKind.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        }

        // Many answers share a connection of HTTP/2, and what they send at about the same time is gathered.
        var isGathered = listen.Protocols != HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set<IListenerFeature>(this);
            return isGathered ? next(connection) : SocketPipe.RunAsync(connection, next);
        });
    }

    private static string? Refusal(string? url, ListenerKind kind, out BindingAddress? address)
    {
        address = null;
        if (string.IsNullOrWhiteSpace(url))
        {
            return "is empty; give a URL such as http://127.0.0.1:8081.";
        }

        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return $"'{url}' is not a URL; give one such as http://127.0.0.1:8081.";
        }

        var https = string.Equals(address.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase);
        if (!https && !string.Equals(address.Scheme, Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase))
        {
            return $"'{url}' has the scheme '{address.Scheme}'; use http.";
        }

        if (https && kind != ListenerKind.Public)
        {
            return $"'{url}' is https; the internal listener speaks plain http.";
        }

        if (!string.IsNullOrEmpty(address.PathBase))
        {
            return $"'{url}' has a path; give scheme, host and port only.";
        }

        var named = address.Host is "*" or "+" or "localhost" || IPAddress.TryParse(address.Host, out _);
        return named ? null : $"'{url}' names a host; listen on an IP address, localhost or *.";
    }
}
