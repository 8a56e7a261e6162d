using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Sluice.LocalCluster.Processes;

namespace Sluice.LocalCluster.Servers;

/// <summary>
/// A private RabbitMQ node: own name, data directory and ports on 127.0.0.1, with the management plug-in. Further nodes
/// join the first one, whose port mapper and cookie they share.
/// </summary>
internal sealed class RabbitMqServer
{
    private const string Credentials = "guest:guest";

    private readonly RabbitMqServer? _first;
    private readonly SupervisedProcess? _portMapper;
    private readonly int _portMapperPort;
    private readonly int _number;

    private RabbitMqServer(ServersOptions options, int number, RabbitMqServer? first)
    {
        (_number, _first) = (number, first);
        _portMapperPort = first?._portMapperPort ?? FreePorts.Next();
        _portMapper = first is null ? PortMapper(options, _portMapperPort) : null;
        var suffix = number == 1 ? "" : $"-{number}";
        NodeName = $"sluice-{StableName.Of(Path.GetFullPath(options.DataDirectory))}{suffix}@localhost";
        Uri = new Uri($"amqp://{Credentials}@127.0.0.1:{FreePorts.Next()}/");
        ManagementUri = new Uri($"http://{Credentials}@127.0.0.1:{FreePorts.Next()}");
        Process = new SupervisedProcess(Spec(options), options.RestartWhenDead, options.Log);
    }

    /// <summary>By which the management API names it.</summary>
    public string NodeName { get; }

    public Uri Uri { get; }

    public Uri ManagementUri { get; }

    public SupervisedProcess Process { get; }

    /// <summary>Writes a node's configuration; nothing runs yet.</summary>
    /// <param name="options">Of all nodes.</param>
    /// <param name="number">From 1.</param>
    /// <param name="first">The node that it joins; null for the first one.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<RabbitMqServer> CreateAsync(
        ServersOptions options, int number, RabbitMqServer? first, CancellationToken cancellationToken)
    {
        var server = new RabbitMqServer(options, number, first);
        await server.WriteConfigurationAsync(options, cancellationToken);
        return server;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await (_portMapper?.StartAsync(cancellationToken) ?? Task.CompletedTask);
        await Process.StartAsync(cancellationToken);
        await WaitUntilReadyAsync(cancellationToken);
    }

    public async Task StopAsync()
    {
        await Process.StopAsync();
        await (_portMapper?.StopAsync() ?? Task.CompletedTask);
    }

    public Task WaitUntilReadyAsync(CancellationToken cancellationToken) =>
        Readiness.WaitAsync(Process, TryConnectAsync, TimeSpan.FromSeconds(120), cancellationToken);

    private static string Home(ServersOptions options, int number) =>
        Path.Combine(options.DataDirectory, number == 1 ? "rabbitmq" : $"rabbitmq-{number}");

    private async Task WriteConfigurationAsync(ServersOptions options, CancellationToken cancellationToken)
    {
        var home = Home(options, _number);
        Directory.CreateDirectory(home);
        var plugins = Path.Combine(home, "enabled_plugins");
        await File.WriteAllTextAsync(plugins, "[rabbitmq_management].\n", cancellationToken);
        string[] lines =
        [
            $"listeners.tcp.default = 127.0.0.1:{Uri.Port}",
            "management.tcp.ip = 127.0.0.1",
            $"management.tcp.port = {ManagementUri.Port}",
            "log.console = true",
            "log.console.level = info",
            "log.file = false",
            // A node that freezes keeps the whole cluster waiting (its definitions are in a table of all nodes) until
            // the others give it up, a minute by default; when it wakes it has to leave, and joins again.
            .. options.RabbitMqNodes == 1 ? (string[])[] :
                ["net_ticktime = 8", "cluster_partition_handling = pause_minority"],
            .. _first is null ? (string[])[] :
            [
                "cluster_formation.peer_discovery_backend = classic_config",
                $"cluster_formation.classic_config.nodes.1 = {_first.NodeName}",
                $"cluster_formation.classic_config.nodes.2 = {NodeName}",
            ],
            .. options.RabbitMqConfiguration,
        ];
        await File.WriteAllLinesAsync(Path.Combine(home, "rabbitmq.conf"), lines, cancellationToken);
    }

    /// <summary>
    /// The node would find the machine's shared port mapper, or start one that stays behind for ever. A mapper of its
    /// own, on a port of its own, ends with it and knows no other cluster's names.
    /// </summary>
    private static SupervisedProcess? PortMapper(ServersOptions options, int port) =>
        ServerPrograms.PortMapper() is not { } program ? null : new SupervisedProcess(
            new ProcessSpec
            {
                Name = "epmd-1",
                DataDirectory = options.DataDirectory,
                PidPath = Path.Combine(Home(options, number: 1), "epmd.pid"),
                FileName = program,
                Arguments = ["-port", $"{port}", "-address", "127.0.0.1"],
                DroppedEnvironment = ["ERL_"],
                StopTimeout = TimeSpan.FromSeconds(5),
            },
            restart: true,
            options.Log);

    private ProcessSpec Spec(ServersOptions options)
    {
        var home = Home(options, _number);
        return new ProcessSpec
        {
            Name = $"rabbitmq-{_number}",
            DataDirectory = options.DataDirectory,
            FileName = ServerPrograms.RabbitMqServer(),
            DroppedEnvironment = ["RABBITMQ_", "ERL_"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                // Without it the script stays as a shell above the broker, and a kill would meet the shell only.
                ["RUNNING_UNDER_SYSTEMD"] = "1",
                // Where the cookie lies, without which nodes do not talk to each other.
                ["HOME"] = Home(options, number: 1),
                ["ERL_EPMD_PORT"] = $"{_portMapperPort}",
                ["RABBITMQ_NODENAME"] = NodeName,
                ["RABBITMQ_MNESIA_BASE"] = Path.Combine(home, "mnesia"),
                ["RABBITMQ_LOG_BASE"] = Path.Combine(home, "log"),
                ["RABBITMQ_DIST_PORT"] = FreePorts.Next().ToString(),
                ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
                ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(home, "enabled_plugins"),
                ["RABBITMQ_CONFIG_FILE"] = Path.Combine(home, "rabbitmq.conf"),
                ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(home, "advanced.config"),
                ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(home, "rabbitmq-env.conf"),
            },
            StopTimeout = TimeSpan.FromSeconds(30),
        };
    }

    /// <summary>The management API answers before the AMQP listener is open, so both are asked.</summary>
    private async Task<bool> TryConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ManagementUri, "/api/overview"));
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Credentials)));
            using var response = await client.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                return false;
            }

            using var amqp = new TcpClient();
            await amqp.ConnectAsync(Uri.Host, Uri.Port, cancellationToken);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
