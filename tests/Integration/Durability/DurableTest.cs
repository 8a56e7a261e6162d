using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Each test has a cluster of its own: hosts of another test would consume its messages.</summary>
public abstract class DurableTest : IAsyncLifetime
{
    private protected DurableCluster Cluster { get; } = new();

    public ValueTask InitializeAsync() => Cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
