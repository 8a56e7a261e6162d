using MassTransit;
using Microsoft.Extensions.Logging;

namespace Sluice.Durability.Messaging;

/// <summary>
/// Knows since when each receive endpoint has been other than healthy while the broker itself answered. One caller
/// observes; anybody reads.
/// </summary>
internal sealed partial class EndpointObserver(
    IBusControl bus, IBrokerProbe broker, TimeProvider time, ILogger<EndpointObserver> logger)
{
    private readonly Dictionary<string, long> _since = new(StringComparer.Ordinal);

    // Once for each time, and not at the first look: an endpoint that has just started is not healthy either.
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private volatile IReadOnlyDictionary<string, TimeSpan> _unhealthy =
        new Dictionary<string, TimeSpan>(StringComparer.Ordinal);

    /// <summary>How long each endpoint that is not healthy has been so, as of the last observation.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Unhealthy => _unhealthy;

    public async Task ObserveAsync(CancellationToken cancellationToken)
    {
        var unhealthy = bus.CheckHealth().Endpoints
            .Where(endpoint => endpoint.Value.Status != BusHealthStatus.Healthy)
            .Select(endpoint => endpoint.Key).ToList();
        if (unhealthy.Count > 0 && !await broker.AnswersAsync(cancellationToken))
        {
            unhealthy.Clear();
            _since.Clear();
            _warned.Clear();
        }

        foreach (var recovered in _since.Keys.Except(unhealthy, StringComparer.Ordinal).ToList())
        {
            _since.Remove(recovered);
            _warned.Remove(recovered);
        }

        foreach (var endpoint in unhealthy)
        {
            if (!_since.TryAdd(endpoint, time.GetTimestamp()) && _warned.Add(endpoint))
            {
                Log.Unhealthy(logger, endpoint, time.GetElapsedTime(_since[endpoint]));
            }
        }

        _unhealthy = _since.ToDictionary(
            one => one.Key, one => time.GetElapsedTime(one.Value), StringComparer.Ordinal);
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Warning, "{Endpoint} has not been healthy for {Since} although the broker answers")]
        public static partial void Unhealthy(ILogger logger, string endpoint, TimeSpan since);
    }
}
