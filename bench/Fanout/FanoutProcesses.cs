using System.Diagnostics;
using System.Net.Sockets;
using Sluice.Bench.Stream;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.Bench.Fanout;

/// <summary>PostgreSQL, streaming, gateway, nginx and a bare YARP, and the five ways to a stream.</summary>
internal sealed class FanoutProcesses : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Uri _streaming = Address();
    private readonly Uri _gateway = Address();
    private readonly Uri _nchan = Address();
    private readonly Uri _nginx = Address();
    private readonly Uri _yarp = Address();
    private readonly List<BenchProcess> _all = [];
    private readonly ClusterServers _servers;
    private readonly DirectoryInfo _data;

    private FanoutProcesses(ClusterServers servers, DirectoryInfo data) => (_servers, _data) = (servers, data);

    /// <summary>The peer, Sluice directly and through its gateway, and through relays instead of that.</summary>
    public IReadOnlyList<IFanoutWay> Ways { get; private set; } = [];

    public static async Task<FanoutProcesses> StartAsync()
    {
        var data = BenchDirectory.Create();
        var servers = await BenchDatabase.StartAsync(data);
        var processes = new FanoutProcesses(servers, data);
        try
        {
            await processes.StartAllAsync();
            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _all)
        {
            await process.DisposeAsync();
        }

        await _servers.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task StartAllAsync()
    {
        var http2 = Address();
        var gatewayHealth = Address();
        var streaming = Add(BenchProcess.Start(
            ServiceBuild.Assembly("services/streaming", "Sluice.Streaming"),
            $"--Internal:Url={_streaming}",
            $"--Internal:Secret={SluiceStream.Secret}",
            $"--Streaming:Http2Url={http2}",
            $"--ConnectionStrings:Postgres={_servers.PostgresUri}"));
        var gateway = Add(BenchProcess.Start(
            ServiceBuild.Assembly("services/gateway", "Sluice.Gateway"),
            $"--Gateway:PublicUrl={_gateway}",
            $"--Internal:Url={gatewayHealth}",
            $"--Internal:Secret={SluiceStream.Secret}",
            $"--ReverseProxy:Clusters:streaming:Destinations:one:Address={http2}",
            $"--ReverseProxy:Clusters:scheduler:Destinations:one:Address={_streaming}"));
        var nginx = Add(NchanWay.Start(_nchan, _nginx, _streaming, _data.CreateSubdirectory("nginx").FullName));
        var yarp = Add(BenchProcess.Start(
            typeof(BareProxy).Assembly.Location, "stream-proxy", $"--urls={_yarp}", $"--target={_streaming}"));
        Ways =
        [
            new NchanWay(_nchan, nginx),
            new SluiceWay("Sluice, direct", _streaming, _streaming, streaming),
            new SluiceWay("Sluice, gateway", _streaming, _gateway, streaming, gateway),
            new SluiceWay("bare YARP as relay", _streaming, _yarp, streaming, yarp),
            new SluiceWay("nginx as relay", _streaming, _nginx, streaming, nginx),
        ];
        await WaitAsync(new Uri(_streaming, "/healthz/ready"));
        await WaitAsync(new Uri(gatewayHealth, "/healthz/ready"));
        await WaitAsync(_nchan);
        await WaitAsync(new Uri(_yarp, "/healthz/ready"));
    }

    private BenchProcess Add(BenchProcess process)
    {
        _all.Add(process);
        return process;
    }

    private static Uri Address() => new($"http://127.0.0.1:{FreePorts.Next()}/");

    /// <summary>Until the address answers, and not with 503.</summary>
    private static async Task WaitAsync(Uri address)
    {
        using var http = new HttpClient();
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(address);
                if (answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable)
                {
                    return;
                }
            }
            catch (HttpRequestException exception) when (exception.InnerException is SocketException)
            {
                // It does not listen yet.
            }

            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new TimeoutException($"{address} was not ready after {Patience.TotalSeconds:0} s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }
}
