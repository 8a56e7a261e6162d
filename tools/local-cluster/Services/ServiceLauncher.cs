using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Servers;

namespace Sluice.LocalCluster.Services;

/// <summary>Gives every service its addresses and its settings, and makes (not starts) its process.</summary>
internal sealed class ServiceLauncher(ClusterOptions options, ClusterServers servers, string secret)
{
    private static readonly ServiceKind[] Kinds = Enum.GetValues<ServiceKind>();

    public IReadOnlyList<ClusterService> Create()
    {
        var services = Kinds
            .SelectMany(kind => Enumerable.Range(1, options.CountOf(kind)).Select(number => Address(kind, number)))
            .ToList();
        foreach (var service in services)
        {
            service.Process = new SupervisedProcess(
                Spec(service, services), options.RestartWhenDead, options.Servers.Log);
        }

        return services;
    }

    private ClusterService Address(ServiceKind kind, int number)
    {
        var publicPort = options.Port + number - 1 ?? FreePorts.Next();
        return new ClusterService(
            kind,
            number,
            Loopback(FreePorts.Next()),
            kind == ServiceKind.Gateway ? Loopback(publicPort) : null,
            kind == ServiceKind.Streaming ? Loopback(FreePorts.Next()) : null);
    }

    private static Uri Loopback(int port) => new($"http://127.0.0.1:{port}");

    private ProcessSpec Spec(ClusterService service, IReadOnlyList<ClusterService> all)
    {
        var assembly = ServiceBinaries.Assembly(service.Kind);
        return new ProcessSpec
        {
            Name = $"{service.Kind.Name()}-{service.Number}",
            DataDirectory = options.Servers.DataDirectory,
            // The content root: the service's settings files lie beside its assembly.
            WorkingDirectory = Path.GetDirectoryName(assembly)!,
            FileName = ServiceBinaries.DotNet,
            Arguments = [assembly],
            Environment = Settings(service, all),
        };
    }

    private Dictionary<string, string> Settings(ClusterService service, IReadOnlyList<ClusterService> all)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = servers.PostgresUri.OriginalString,
            ["ConnectionStrings__RabbitMq"] = servers.RabbitMqUri.OriginalString,
            ["Internal__Url"] = Plain(service.InternalUrl),
            ["Internal__Secret"] = secret,
            ["MASSTRANSIT_USAGE_TELEMETRY"] = "false",
        };
        foreach (var (node, index) in servers.RabbitMqNodes.Skip(1).Select((node, index) => (node, index)))
        {
            settings[$"Messaging__Nodes__{index}"] = node.Uri.Authority;
        }

        if (service.Http2Url is { } http2)
        {
            settings["Streaming__Http2Url"] = Plain(http2);
        }

        if (service.PublicUrl is { } address)
        {
            settings["Gateway__PublicUrl"] = Plain(address);
            AddDestinations(settings, all, ServiceKind.Streaming);
            AddDestinations(settings, all, ServiceKind.Scheduler);
        }

        if (!Named("DOTNET_ENVIRONMENT") && !Named("ASPNETCORE_ENVIRONMENT"))
        {
            settings["DOTNET_ENVIRONMENT"] = "Development";
            settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        }

        foreach (var (key, value) in options.Environment?.Invoke(service.Kind, service.Number) ?? settings)
        {
            settings[key] = value;
        }

        return settings;
    }

    private static void AddDestinations(
        Dictionary<string, string> settings, IReadOnlyList<ClusterService> all, ServiceKind kind)
    {
        foreach (var destination in all.Where(service => service.Kind == kind))
        {
            var key = $"ReverseProxy__Clusters__{kind.Name()}__Destinations__s{destination.Number}__Address";
            settings[key] = Plain(destination.Http2Url ?? destination.InternalUrl);
        }
    }

    private static bool Named(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static string Plain(Uri uri) => uri.GetLeftPart(UriPartial.Authority);
}
