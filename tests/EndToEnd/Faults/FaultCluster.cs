using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Two workers and two schedulers on private servers, one for all fault tests: each heals what it broke.
/// </summary>
public class FaultCluster : IAsyncLifetime
{
    /// <summary>
    /// Lines of one worker that may be started and not committed when it dies, by the settings below:
    /// for each of 2 shards 8 lines in hand and two pages of 8.
    /// </summary>
    public const int LinesInFlight = 48;

    private static readonly Dictionary<string, string> s_workerSettings = new(StringComparer.Ordinal)
    {
        ["Worker__MaxConcurrentLines"] = "8",
        ["Worker__PageLines"] = "8",
        ["Worker__ConcurrentShards"] = "2",
    };

    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal SluiceCluster Processes => Cluster.Processes;

    internal SluiceApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await StartAsync(options => options with
        {
            Schedulers = 2,
            Workers = 2,
            Environment = (kind, number) =>
                new Dictionary<string, string>(Settings(kind, number), StringComparer.Ordinal),
        });
        Api = _cluster.Api();
    }

    private protected virtual Task<TestCluster> StartAsync(Func<ClusterOptions, ClusterOptions> change) =>
        TestCluster.StartPrivateAsync(change);

    private protected virtual IEnumerable<KeyValuePair<string, string>> Settings(ServiceKind kind, int number) =>
        kind == ServiceKind.BatchWorker ? s_workerSettings : [];

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_cluster is not null)
        {
            Api.Dispose();
            await _cluster.DisposeAsync();
        }
    }
}
