namespace Sluice.Gateway.Routing;

/// <summary>Configuration section <c>Cors</c>: which web pages of other origins may call.</summary>
internal sealed class CorsOptions
{
    public const string Section = "Cors";

    /// <summary>
    /// Origins whose pages may call, and open a WebSocket: scheme, host, and a port that is not the scheme's
    /// (<c>https://app.example.org</c>). Default empty: none may. A request without <c>Origin</c>, which only browsers
    /// send, passes.
    /// </summary>
    public IList<string> Origins { get; init; } = [];
}
