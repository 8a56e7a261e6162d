using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Chat;

/// <summary>One gateway and one streaming service: each test heals what it broke.</summary>
public sealed class SingleCluster : IAsyncLifetime
{
    internal TestCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Cluster = await TestCluster.StartSharedAsync(options => options with { Workers = 0 });

    public async ValueTask DisposeAsync() => await (Cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
}
