using System.Buffers;
using System.Globalization;

namespace Sluice.Tasks.Http;

/// <summary>An entry of the list of hosts that may be called.</summary>
/// <param name="Name">In the form of <see cref="Uri.IdnHost"/>; with a leading dot, names that end with it.</param>
/// <param name="Port">Null for the default one of the URL's scheme.</param>
internal sealed record AllowedHost(string Name, int? Port)
{
    /// <summary>Calls of all hosts that an entry stands for share its slots.</summary>
    public string Resource { get; } = Port is null ? $"task:http:{Name}" : $"task:http:{Name}:{Port}";

    private static readonly SearchValues<char> s_noHost = SearchValues.Create("/\\?#@ ");

    /// <summary>Null for what is neither a host, nor <c>*.</c> and a domain, with or without a port.</summary>
    public static AllowedHost? Parse(string text)
    {
        var isBelow = text.StartsWith("*.", StringComparison.Ordinal);
        var host = isBelow ? text[2..] : text;
        if (!Uri.TryCreate($"http://{host}/", UriKind.Absolute, out var uri)
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.Fragment.Length > 0
            || host.AsSpan().ContainsAny(s_noHost)
            || (isBelow && uri.HostNameType != UriHostNameType.Dns))
        {
            return null;
        }

        // A port is one that is written, be it the default one.
        var colon = host.LastIndexOf(':');
        var isPort = colon > host.LastIndexOf(']')
            && int.TryParse(host.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return new(isBelow ? "." + uri.IdnHost : uri.IdnHost, isPort ? uri.Port : null);
    }

    public bool Allows(Uri url) =>
        (Port is { } port ? url.Port == port : url.IsDefaultPort)
        && (Name[0] == '.'
            ? url.IdnHost.EndsWith(Name, StringComparison.OrdinalIgnoreCase)
            : url.IdnHost.Equals(Name, StringComparison.OrdinalIgnoreCase));
}
