using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Telemetry;

/// <summary>Services whose provider and whose collector of telemetry keep what they are sent.</summary>
public sealed class TracedCluster : IAsyncLifetime
{
    internal RecordingUpstream Upstream { get; private set; } = null!;

    internal TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await RecordingUpstream.StartAsync();
        Cluster = await TestCluster.StartSharedAsync(options => options with
        {
            Environment = (_, _) => new Dictionary<string, string>
            {
                ["Telemetry__OtlpEndpoint"] = Upstream.Address.GetLeftPart(UriPartial.Authority),
                ["Telemetry__ExportDelay"] = "00:00:00.200",
                ["Inference__Providers__recorded__BaseUrl"] = new Uri(Upstream.Address, "/v1").ToString(),
                ["Inference__Providers__recorded__Models__0"] = RecordingUpstream.Model,
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }

        await Upstream.DisposeAsync();
    }
}
