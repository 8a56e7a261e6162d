using System.Diagnostics;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.Bench.Stream;

/// <summary>Simulator, bare YARP, streaming and gateway as processes, and the three ways to the model.</summary>
internal sealed class StreamProcesses : IAsyncDisposable
{
    private const string Secret = "sluice-stream-benchmark";

    private readonly List<(string Name, BenchProcess Process)> _all = [];
    private readonly ClusterServers _servers;
    private StreamProcesses(ClusterServers servers, DirectoryInfo data) => (_servers, Data) = (servers, data);

    /// <summary>Where a private PostgreSQL has its data.</summary>
    public DirectoryInfo Data { get; }

    public required IReadOnlyList<StreamTarget> Targets { get; init; }

    /// <summary>The streaming service with the model in its own process, read at its internal listener.</summary>
    public required StreamTarget Instance { get; init; }

    public static async Task<StreamProcesses> StartAsync()
    {
        var (model, proxy, own, outer) = (Address(), Address(), Address(), Address());
        var data = BenchDirectory.Create();
        var servers = await BenchDatabase.StartAsync(data);
        var processes = new StreamProcesses(servers, data)
        {
            Targets =
            [
                new StreamTarget("direct", model, "sluice-sim"),
                new StreamTarget("bare YARP", proxy, "sluice-sim"),
                new StreamTarget("Sluice, not logged", outer, "far-unlogged", new(20, null, 20)),
                new StreamTarget("Sluice, logged", outer, "far", new(15, 5, 15)),
            ],
            Instance = new StreamTarget("one instance, logged", own, "sluice-sim")
            {
                Head = $"X-Sluice-Internal-Secret: {Secret}\r\nX-Sluice-Tenant: dev\r\n",
            },
        };
        try
        {
            await WalSegments.PrepareAsync(servers.PostgresUri);
            processes.Start(model, proxy, own, outer);
            foreach (var target in processes.Targets)
            {
                await WaitAsync(target);
            }

            return processes;
        }
        catch
        {
            await processes.DisposeAsync();
            throw;
        }
    }

    public Dictionary<string, TimeSpan> CpuTimes() => _all.ToDictionary(p => p.Name, p => p.Process.CpuTime)
        .Append(new("client", Process.GetCurrentProcess().TotalProcessorTime)).ToDictionary();

    public string CpuSince(Dictionary<string, TimeSpan> before, double tokens) => string.Join(", ", CpuTimes()
        .Select(now => (now.Key, Spent: (now.Value - before[now.Key]).TotalMicroseconds / tokens))
        .Where(cpu => cpu.Spent >= 1)
        .Select(cpu => $"{cpu.Key} {cpu.Spent:0}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, process) in _all)
        {
            await process.DisposeAsync();
        }

        await _servers.DisposeAsync();
        Data.Delete(recursive: true);
    }

    private void Start(Uri model, Uri proxy, Uri own, Uri outer)
    {
        var (http2, inner) = (Address(), Address());
        Add(
            "simulator",
            ServiceBuild.Assembly("tools/simulator", "Sluice.Simulator"),
            $"--Kestrel:Endpoints:plain:Url={model}",
            $"--Kestrel:Endpoints:http2:Url={http2}",
            "--Kestrel:Endpoints:http2:Protocols=Http2");
        Add("YARP", typeof(StreamProcesses).Assembly.Location, "stream-proxy", $"--urls={proxy}", $"--target={model}");
        Add(
            "streaming",
            ServiceBuild.Assembly("services/streaming", "Sluice.Streaming"),
            $"--Internal:Url={own}",
            $"--Internal:Secret={Secret}",
            $"--Streaming:Http2Url={inner}",
            $"--ConnectionStrings:Postgres={_servers.PostgresUri}",
            $"--Inference:Providers:far:BaseUrl={http2}v1",
            "--Inference:Providers:far:VersionPolicy=RequestVersionExact",
            "--Inference:Providers:far:Models:0=far",
            $"--Inference:Providers:unlogged:BaseUrl={http2}v1",
            "--Inference:Providers:unlogged:VersionPolicy=RequestVersionExact",
            "--Inference:Providers:unlogged:Models:0=far-unlogged",
            "--Inference:Providers:unlogged:Durability=None");
        Add(
            "gateway",
            ServiceBuild.Assembly("services/gateway", "Sluice.Gateway"),
            $"--Gateway:PublicUrl={outer}",
            $"--Internal:Url={Address()}",
            $"--Internal:Secret={Secret}",
            $"--ReverseProxy:Clusters:streaming:Destinations:one:Address={inner}");
    }

    private void Add(string name, string assembly, params string[] arguments) =>
        _all.Add((name, BenchProcess.Start(assembly, arguments)));

    private static Uri Address() => new($"http://127.0.0.1:{FreePorts.Next()}/");

    private static async Task WaitAsync(StreamTarget target)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await StreamLoad.FirstTokensAsync(target, streams: 1, rounds: 1);
                return;
            }
            catch (Exception exception) when (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30)
                && exception is System.Net.Sockets.SocketException or InvalidOperationException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }
}
