using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;

namespace Sluice.Bench.Batch;

/// <summary>A private Sluice for one measure, with its client; gone with its data afterwards.</summary>
internal sealed class BatchCluster : IAsyncDisposable
{
    private readonly DirectoryInfo _data;

    private BatchCluster(DirectoryInfo data, SluiceCluster sluice)
    {
        (_data, Sluice) = (data, sluice);
        Client = new(sluice.Url);
        Clock = new(sluice.Servers.PostgresUri);
    }

    public SluiceCluster Sluice { get; }

    public BatchClient Client { get; }

    public BatchClock Clock { get; }

    public string Directory => _data.FullName;

    /// <summary>Everything as it is by default, but for the limit of lines.</summary>
    public static async Task<BatchCluster> StartAsync(int workers, CancellationToken cancellationToken)
    {
        var data = BenchDirectory.Create();
        try
        {
            return new(data, await SluiceCluster.StartAsync(
                new ClusterOptions
                {
                    Servers = new ServersOptions { DataDirectory = data.FullName }.WithEnvironment(),
                    Workers = workers,
                    RestartWhenDead = false,
                    Environment = (_, _) => new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["Validation__MaxLines"] = "1000000",
                    },
                },
                cancellationToken));
        }
        catch
        {
            data.Delete(recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Clock.DisposeAsync();
        Client.Dispose();
        await Sluice.DisposeAsync();
        _data.Delete(recursive: true);
    }
}
