using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;

namespace Sluice.LocalCluster.Commands;

/// <summary>The options of <c>run</c>.</summary>
internal sealed record RunSettings
{
    public required string DataDirectory { get; init; }

    public bool Demo { get; init; } = true;

    public bool Exit { get; init; }

    public int Port { get; init; } = 8080;

    public int Gateways { get; init; } = 1;

    public int Streaming { get; init; } = 1;

    public int Workers { get; init; } = 1;

    public int Schedulers { get; init; } = 1;

    public bool Restart { get; init; } = true;

    /// <exception cref="InvalidOperationException">The environment names half of a broker.</exception>
    public ClusterOptions Cluster(Action<string> log) => new()
    {
        Servers = new ServersOptions
        {
            DataDirectory = DataDirectory,
            RestartWhenDead = Restart,
            Log = log,
        }.WithEnvironment(),
        Port = Port,
        Gateways = Gateways,
        Streaming = Streaming,
        Schedulers = Schedulers,
        Workers = Workers,
        RestartWhenDead = Restart,
    };

    /// <summary>The command line of the same run in the background, where nobody watches a demo.</summary>
    public IReadOnlyList<string> InBackground() =>
    [
        "run", "--no-demo", "--data", DataDirectory, "--port", $"{Port}", "--gateways", $"{Gateways}",
        "--streaming", $"{Streaming}", "--workers", $"{Workers}", "--schedulers", $"{Schedulers}",
        .. Restart ? Array.Empty<string>() : ["--no-restart"],
    ];
}
