using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Two workers and two schedulers on private servers, one for all fault tests: each heals what it broke.
/// </summary>
public sealed class FaultCluster : IAsyncLifetime
{
    /// <summary>Lines of one worker that may be in flight when it dies.</summary>
    public const int LinesInFlight = 64;

    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal SluiceCluster Processes => Cluster.Processes;

    internal SluiceApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartPrivateAsync(options => options with { Schedulers = 2, Workers = 2 });
        Api = _cluster.Api();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            Api.Dispose();
            await _cluster.DisposeAsync();
        }
    }
}
