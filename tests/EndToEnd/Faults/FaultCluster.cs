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
    /// <summary>
    /// Lines of one worker that may be started and not committed when it dies, by the settings below:
    /// for each of 2 shards 16 lines in hand and two pages of 8.
    /// </summary>
    public const int LinesInFlight = 64;

    private static readonly Dictionary<string, string> s_workerSettings = new(StringComparer.Ordinal)
    {
        ["Worker__MaxConcurrentLines"] = "16",
        ["Worker__PageLines"] = "8",
        ["Worker__ConcurrentShards"] = "2",
    };

    private static readonly Dictionary<string, string> s_none = [];

    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal SluiceCluster Processes => Cluster.Processes;

    internal SluiceApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartPrivateAsync(options => options with
        {
            Schedulers = 2,
            Workers = 2,
            Environment = (kind, _) => kind == ServiceKind.BatchWorker ? s_workerSettings : s_none,
        });
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
