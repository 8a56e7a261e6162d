using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>Three RabbitMQ nodes, two workers and two schedulers.</summary>
public sealed class BrokerCluster : FaultCluster
{
    /// <summary>Queues whose leaders are broken.</summary>
    internal const string Shards = "batch-shards-normal";
    internal const string Validation = "batch-validation";

    private static readonly Dictionary<string, string> s_settings = new(StringComparer.Ordinal)
    {
        // A node that freezes keeps its connections open: it is left after two heartbeats without a word.
        ["Messaging__Heartbeat"] = "00:00:02",
    };

    private protected override Task<TestCluster> StartAsync(Func<ClusterOptions, ClusterOptions> change) =>
        TestCluster.StartPrivateAsync(change, brokerNodes: 3);

    private protected override IEnumerable<KeyValuePair<string, string>> Settings(ServiceKind kind, int number) =>
        [.. base.Settings(kind, number), .. s_settings];

    /// <summary>The node that leads a queue; to be asked while all nodes are up.</summary>
    internal async Task<BrokerNode> LeaderAsync(string queue)
    {
        var leader = (await QueueAsync(queue)).GetProperty("leader").GetString();
        return Processes.Servers.RabbitMqNodes.Single(node => node.Name == leader);
    }

    /// <summary>Nodes that have a replica of a queue and are up.</summary>
    internal async Task<int> ReplicasAsync(string queue) =>
        (await QueueAsync(queue)).TryGetProperty("online", out var nodes) ? nodes.GetArrayLength() : 0;

    /// <summary>The nodes that the schedulers' buses are connected to, when each has one connection.</summary>
    internal async Task<List<string>> NodesOfSchedulersAsync()
    {
        List<string> nodes = [];
        await Eventually.Until("each scheduler has a connection", async () =>
        {
            nodes =
            [
                .. (await GetAsync("/api/connections")).EnumerateArray()
                    .Where(connection => connection.TryGetProperty("user_provided_name", out var name)
                        && name.GetString() == "Sluice.Scheduler")
                    .Select(connection => connection.GetProperty("node").GetString()!),
            ];
            return nodes.Count == Processes.Services.Count(service => service.Kind == ServiceKind.Scheduler);
        });
        return nodes;
    }

    private Task<JsonElement> QueueAsync(string queue) => GetAsync("/api/queues/%2F/" + queue);

    // An element: nodes that were apart make the management plug-in name members twice, which a JsonNode does not take.
    private async Task<JsonElement> GetAsync(string path)
    {
        var management = Processes.Servers.RabbitMqManagementUri;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        var address = new UriBuilder(management) { UserName = "", Password = "" }.Uri;
        return JsonElement.Parse(await http.GetStringAsync(new Uri(address, path)));
    }
}
