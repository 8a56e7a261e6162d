using System.Globalization;
using Sluice.LocalCluster.Servers;
using Sluice.TestKit.Servers;
using Xunit;

namespace Sluice.Tests.Integration.LocalCluster;

/// <summary>A broker and a database server on a directory of their own: each test leaves them running.</summary>
public sealed class PrivateServers : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private ClusterServers? _running;

    internal string DirectoryPath => _directory.Path;

    internal ClusterServers Running => _running ?? throw new InvalidOperationException("Not started.");

    public ValueTask InitializeAsync() => new(StartAsync());

    public async ValueTask DisposeAsync()
    {
        if (_running is not null)
        {
            await _running.DisposeAsync();
        }

        _directory.Dispose();
    }

    /// <summary>On the same directory; after a stop.</summary>
    internal async Task StartAsync() =>
        _running = await ClusterServers.StartAsync(new ServersOptions { DataDirectory = _directory.Path });

    /// <summary>What a server's pid file says.</summary>
    internal int PidIn(string name) => int.Parse(
        File.ReadAllText(Path.Combine(_directory.Path, "pids", name + ".pid")), CultureInfo.InvariantCulture);
}
