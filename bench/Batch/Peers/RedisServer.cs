using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Sluice.Bench.Stream;
using Sluice.LocalCluster.Processes;

namespace Sluice.Bench.Batch.Peers;

/// <summary>
/// A private Redis on loopback, with its append-only file, written to disk every second as by default, and without
/// snapshots.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly BenchProcess _process;
    private readonly int _port;

    private RedisServer(BenchProcess process, int port) => (_process, _port) = (process, port);

    public string Address => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{_port}");

    /// <param name="directory">For its data; exists.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<RedisServer> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var port = FreePorts.Next();
        var server = new RedisServer(
            BenchProcess.StartProgram(
                "/usr/bin/redis-server",
                "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", directory,
                "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction", "--logfile", "redis.log"),
            port);
        try
        {
            await server.ConnectAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, _port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
            }
        }
    }
}
