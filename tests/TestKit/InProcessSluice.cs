using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Sluice.BatchWorker;
using Sluice.Gateway;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.Scheduler;
using Sluice.Streaming;

namespace Sluice.TestKit;

/// <summary>
/// The four services as hosts in the test process, with a database and a vhost of their own: what they do counts in the
/// coverage, and a test can look into them. For kills and freezes there are processes (<see cref="SluiceCluster"/>).
/// </summary>
public sealed class InProcessSluice : IAsyncDisposable
{
    private readonly List<WebApplication> _hosts = [];
    private readonly Uri _streams = Loopback();

    private InProcessSluice(PostgresDatabase database, RabbitVhost vhost)
    {
        Database = database;
        Vhost = vhost;
        PublicUrl = Loopback();
        Client = new HttpClient { BaseAddress = PublicUrl };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk-dev");
    }

    /// <summary>The gateway, <c>http://127.0.0.1:port</c>.</summary>
    public Uri PublicUrl { get; }

    /// <summary>With the key <c>sk-dev</c>: tenant <c>dev</c>, all rights.</summary>
    public HttpClient Client { get; }

    public PostgresDatabase Database { get; }

    public RabbitVhost Vhost { get; }

    /// <summary>Starts one host of each service and returns when all are ready.</summary>
    /// <param name="settings">
    /// Further configuration of a service, as <c>key=value</c> with colons (<c>Dispatch:Window=8</c>); asked for each.
    /// </param>
    public static async Task<InProcessSluice> StartAsync(Func<ServiceKind, IEnumerable<string>>? settings = null)
    {
        var sluice = new InProcessSluice(await PostgresDatabase.CreateAsync(), await RabbitVhost.CreateAsync());
        try
        {
            await sluice.StartHostsAsync(settings ?? (_ => []));
            return sluice;
        }
        catch
        {
            await sluice.DisposeAsync();
            throw;
        }
    }

    /// <summary>The running host, for its services.</summary>
    public WebApplication Host(ServiceKind kind) => _hosts[(int)kind];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();

        // Off the socket's thread that the test may be on: cancelling a query waits for a connection.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // The gateway first, as a cluster stops; each has its own bounded shutdown.
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }

        await Vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    private static Uri Loopback() => new($"http://127.0.0.1:{FreePorts.Next()}");

    private async Task StartHostsAsync(Func<ServiceKind, IEnumerable<string>> settings)
    {
        var addresses = Enum.GetValues<ServiceKind>().ToDictionary(kind => kind, _ => Loopback());
        foreach (var kind in Enum.GetValues<ServiceKind>())
        {
            string[] arguments =
            [
                "--environment=Development",
                $"--contentRoot={Path.GetDirectoryName(ServiceBinaries.Assembly(kind))}",
                $"--ConnectionStrings:Postgres={Database.Uri}",
                $"--ConnectionStrings:RabbitMq={Vhost.Uri}",
                $"--Internal:Url={Plain(addresses[kind])}",
                .. kind == ServiceKind.Gateway ? GatewayArguments(addresses) : [],
                .. kind == ServiceKind.Streaming ? [$"--Streaming:Http2Url={Plain(_streams)}"] : Array.Empty<string>(),
                .. settings(kind).Select(setting => "--" + setting),
            ];
            _hosts.Add(Build(kind, arguments));
        }

        await Task.WhenAll(_hosts.Select(host => host.StartAsync()));
        using var probe = new HttpClient();
        foreach (var (kind, address) in addresses.Append(new(ServiceKind.Gateway, PublicUrl)))
        {
            await Eventually.Until($"{kind} is ready", async () =>
            {
                using var answer = await probe.GetAsync(new Uri(address, "/healthz/ready"));
                return answer.IsSuccessStatusCode;
            });
        }
    }

    private IEnumerable<string> GatewayArguments(Dictionary<ServiceKind, Uri> addresses) =>
    [
        $"--Gateway:PublicUrl={Plain(PublicUrl)}",
        $"--ReverseProxy:Clusters:streaming:Destinations:s1:Address={Plain(_streams)}",
        $"--ReverseProxy:Clusters:scheduler:Destinations:s1:Address={Plain(addresses[ServiceKind.Scheduler])}",
    ];

    private static WebApplication Build(ServiceKind kind, string[] arguments) => kind switch
    {
        ServiceKind.Gateway => GatewayHost.Build(arguments),
        ServiceKind.Streaming => StreamingHost.Build(arguments),
        ServiceKind.Scheduler => SchedulerHost.Build(arguments),
        _ => BatchWorkerHost.Build(arguments),
    };

    private static string Plain(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
