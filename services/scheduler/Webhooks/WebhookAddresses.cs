using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Net;

namespace Sluice.Scheduler.Webhooks;

/// <summary>
/// Which addresses webhooks may reach: public ones, and those of <see cref="WebhookOptions.AllowedNetworks"/>. A tenant
/// that could have others called would look into the operator's network. Thread-safe.
/// </summary>
internal sealed class WebhookAddresses(IOptions<WebhookOptions> options)
{
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    private readonly IPNetwork[] _allowed =
        [.. options.Value.AllowedNetworks.Select(network => IPNetwork.Parse(network))];

    public bool Allows(IPAddress address)
    {
        var real = Real(address);
        return Array.Exists(_allowed, network => network.Contains(real))
            || PublicAddresses.IsPublic(real);
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
