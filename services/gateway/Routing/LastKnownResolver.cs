using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Sluice.Gateway.Routing;

/// <summary>
/// Makes every address of a name a destination of its own (<c>streaming[10.0.0.7]</c>): connections live long, so
/// behind one name all streams would go to the instance that answered first. A name that cannot be resolved keeps the
/// addresses it had, or else stays a name for whoever connects; left to itself, YARP would not start then, and later
/// would ask again only after 5 minutes, for all clusters. Thread-safe; holds one entry per configured destination.
/// </summary>
internal sealed partial class LastKnownResolver(
    IDestinationResolver dns, IOptions<RoutingOptions> options, TimeProvider time, ILogger<LastKnownResolver> logger)
    : IDestinationResolver
{
    private readonly ConcurrentDictionary<(string Id, DestinationConfig Named),
        IReadOnlyDictionary<string, DestinationConfig>> _known = new();

    // Told once, not at every refresh.
    private readonly ConcurrentDictionary<string, bool> _unresolved = new(StringComparer.Ordinal);

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = await Task.WhenAll(destinations.Select(
            destination => ResolveAsync(destination.Key, destination.Value, cancellationToken)));
        return new(
            resolved.SelectMany(found => found).ToDictionary(StringComparer.OrdinalIgnoreCase),
            destinations.Values.Any(IsNamed)
                ? new CancellationChangeToken(new CancellationTokenSource(options.Value.ResolvePeriod, time).Token)
                : null);
    }

    private static bool IsNamed(DestinationConfig destination) =>
        Uri.TryCreate(destination.Address, UriKind.Absolute, out var address)
        && address.HostNameType == UriHostNameType.Dns;

    private async Task<IReadOnlyDictionary<string, DestinationConfig>> ResolveAsync(
        string id, DestinationConfig destination, CancellationToken cancel)
    {
        var alone = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase) { [id] = destination };
        if (!IsNamed(destination))
        {
            return alone;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(options.Value.ResolveTimeout);
        try
        {
            // The token takes a look-up out of the queue, but does not end one that runs.
            var found = await dns.ResolveDestinationsAsync(alone, patience.Token).AsTask().WaitAsync(patience.Token);
            _unresolved.TryRemove(destination.Address, out _);
            return _known[(id, destination)] = found.Destinations;
        }
        catch (Exception failure) when (
            failure is InvalidOperationException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            if (_unresolved.TryAdd(destination.Address, true))
            {
                Log.Unresolved(logger, id, destination.Address, failure.InnerException?.Message);
            }

            return _known.GetValueOrDefault((id, destination), alone);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Destination}: cannot resolve {Address}, keeping what is known: {Reason}")]
        public static partial void Unresolved(ILogger logger, string destination, string address, string? reason);
    }
}
