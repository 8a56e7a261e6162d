using System.Diagnostics.Metrics;

namespace Sluice.Gateway;

/// <summary>Meter <c>Sluice.Gateway</c>: what the gateway itself refused. Thread-safe.</summary>
internal sealed class GatewayMetrics
{
    private readonly Counter<long> _refused;

    public GatewayMetrics(IMeterFactory meters)
    {
        _refused = meters.Create("Sluice.Gateway").CreateCounter<long>(
            "sluice.gateway.refused_requests", "{request}", "Requests that the gateway refused itself, by reason.");
    }

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
