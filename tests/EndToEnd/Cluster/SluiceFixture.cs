using System.ClientModel.Primitives;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

[assembly: AssemblyFixture(typeof(SluiceFixture))]

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// One running Sluice of two gateways and two streaming instances, for all tests that break nothing; each test makes
/// its own files, batches and messages.
/// </summary>
public sealed class SluiceFixture : IAsyncLifetime
{
    private const int Gateways = 2;

    private TestCluster? _cluster;
    private HttpClient? _alternating;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal Uri Url => Cluster.Url;

    internal IReadOnlyList<Uri> Urls =>
    [
        .. Enumerable.Range(1, Gateways)
            .Select(number => Cluster.Processes[ServiceKind.Gateway, number].PublicUrl!),
    ];

    /// <summary>For official clients: each request goes to the next gateway.</summary>
    internal PipelineTransport Transport { get; private set; } = null!;

    /// <summary>The API as tenant <c>dev</c> with all rights.</summary>
    internal SluiceApi Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartSharedAsync(options => options with { Gateways = Gateways, Streaming = 2 });
        Api = _cluster.Api();
        _alternating = new HttpClient(new AlternatingGateways(Urls)) { Timeout = Timeout.InfiniteTimeSpan };
        Transport = new HttpClientPipelineTransport(_alternating);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            Api.Dispose();
            _alternating?.Dispose();
            await _cluster.DisposeAsync();
        }
    }
}
