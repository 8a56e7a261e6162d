using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

[assembly: AssemblyFixture(typeof(SluiceFixture))]

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// One running Sluice for all tests that break nothing; each test makes its own files, batches and messages.
/// </summary>
public sealed class SluiceFixture : IAsyncLifetime
{
    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal Uri Url => Cluster.Url;

    /// <summary>The API as tenant <c>dev</c> with all rights.</summary>
    internal SluiceApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartSharedAsync();
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
