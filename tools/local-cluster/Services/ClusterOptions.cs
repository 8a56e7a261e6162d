using Sluice.LocalCluster.Servers;

namespace Sluice.LocalCluster.Services;

/// <summary>How many of each service, on which servers and ports, with which settings.</summary>
public sealed record ClusterOptions
{
    /// <summary>The broker and the database, and the data directory of the whole cluster.</summary>
    public required ServersOptions Servers { get; init; }

    /// <summary>Gateways; number n listens on <see cref="Port"/> + n - 1. Default 1.</summary>
    public int Gateways { get; init; } = 1;

    /// <summary>Streaming services. Default 1.</summary>
    public int Streaming { get; init; } = 1;

    /// <summary>Schedulers. Default 1.</summary>
    public int Schedulers { get; init; } = 1;

    /// <summary>Batch workers. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>First gateway's port on 127.0.0.1; null takes free ones.</summary>
    public int? Port { get; init; }

    /// <summary>Starts a dead service again. Default true.</summary>
    public bool RestartWhenDead { get; init; } = true;

    /// <summary>
    /// Configuration of one service beyond what all get, as environment variables (<c>Dispatch__Window</c>); asked
    /// for every process with its number from 1. It may also override what all get.
    /// </summary>
    public Func<ServiceKind, int, IReadOnlyDictionary<string, string>>? Environment { get; init; }

    /// <summary>For all services to become ready after their start. Default 60 s.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    internal int CountOf(ServiceKind kind) => kind switch
    {
        ServiceKind.Gateway => Gateways,
        ServiceKind.Streaming => Streaming,
        ServiceKind.Scheduler => Schedulers,
        _ => Workers,
    };
}
