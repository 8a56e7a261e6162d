using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Which addresses webhooks may reach: public ones, and those of <see cref="WebhookOptions.AllowedNetworks"/>. A tenant
/// that could have others called would look into the operator's network. Thread-safe.
/// </summary>
internal sealed class WebhookAddresses(IOptions<WebhookOptions> options)
{
    // The special-purpose registries of IANA (RFC 6890): all that is not reachable from everywhere, or leads elsewhere.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
            "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private readonly IPNetwork[] _allowed =
        [.. options.Value.AllowedNetworks.Select(network => IPNetwork.Parse(network))];

    public bool Allows(IPAddress address)
    {
        var real = Real(address);
        return Array.Exists(_allowed, network => network.Contains(real))
            || !Array.Exists(NotPublic, network => network.Contains(real));
    }

    /// <summary>The addresses of a host that may be reached.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    /// <exception cref="WebhookAddressException">It leads nowhere that is allowed.</exception>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var all = IPAddress.TryParse(host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(host, cancellationToken);
        IReadOnlyList<IPAddress> allowed = [.. all.Where(Allows)];
        return allowed.Count > 0
            ? allowed
            : throw new WebhookAddressException(
                $"'{host}' has no public address: {string.Join(", ", all.Take(4).Select(a => a.ToString()))}.");
    }

    /// <summary>The IPv4 address inside one that only carries it.</summary>
    private static IPAddress Real(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
            : SixToFour.Contains(address) ? new IPAddress(bytes.AsSpan(2, 4))
            : Nat64.Contains(address) ? new IPAddress(bytes.AsSpan(12, 4))
            : new IPAddress(bytes);
    }
}
