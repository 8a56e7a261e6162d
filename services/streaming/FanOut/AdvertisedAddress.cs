using System.Net;
using System.Net.Sockets;

namespace Sluice.Streaming.FanOut;

/// <summary>Where other instances reach this one.</summary>
internal static class AdvertisedAddress
{
    private static readonly string[] s_any = ["0.0.0.0", "[::]", "*", "+"];

    /// <param name="advertised">As configured; null or empty to derive it.</param>
    /// <param name="listener">URL of the listener.</param>
    /// <returns>A URL; empty when nobody can know it, as the port is chosen when the server starts.</returns>
    public static string Of(string? advertised, string listener)
    {
        if (!string.IsNullOrEmpty(advertised))
        {
            return advertised;
        }

        var any = Array.Find(s_any, host => listener.Contains($"//{host}:", StringComparison.Ordinal));
        var url = any is null ? listener : listener.Replace($"//{any}:", $"//{OwnHost()}:", StringComparison.Ordinal);
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Port > 0 ? url : "";
    }

    private static string OwnHost()
    {
        var name = Dns.GetHostName();
        try
        {
            return Array.Find(
                Dns.GetHostAddresses(name, AddressFamily.InterNetwork), address => !IPAddress.IsLoopback(address))
                ?.ToString() ?? name;
        }
        catch (SocketException)
        {
            // The name has no address here; perhaps it has one elsewhere.
            return name;
        }
    }
}
