using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Sluice.LocalCluster.Servers;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>Three RabbitMQ nodes, two workers and two schedulers.</summary>
public sealed class BrokerCluster : FaultCluster
{
    /// <summary>The queue whose leader is broken.</summary>
    private const string Queue = "batch-shards-normal";

    private static readonly Dictionary<string, string> s_settings = new(StringComparer.Ordinal)
    {
        // A node that freezes keeps its connections open: it is left after two heartbeats without a word.
        ["Messaging__Heartbeat"] = "00:00:02",
    };

    private protected override Task<TestCluster> StartAsync(Func<ClusterOptions, ClusterOptions> change) =>
        TestCluster.StartPrivateAsync(change, brokerNodes: 3);

    private protected override IEnumerable<KeyValuePair<string, string>> Settings(ServiceKind kind, int number) =>
        [.. base.Settings(kind, number), .. s_settings];

    /// <summary>The node that leads the queue of shards; to be asked while all nodes are up.</summary>
    internal async Task<BrokerNode> LeaderAsync()
    {
        var leader = (await QueueAsync()).GetProperty("leader").GetString();
        return Processes.Servers.RabbitMqNodes.Single(node => node.Name == leader);
    }

    /// <summary>Nodes that have a replica of the queue of shards and are up.</summary>
    internal async Task<int> ReplicasAsync() =>
        (await QueueAsync()).TryGetProperty("online", out var nodes) ? nodes.GetArrayLength() : 0;

    // An element: nodes that were apart make the management plug-in name members twice, which a JsonNode does not take.
    private async Task<JsonElement> QueueAsync()
    {
        var management = Processes.Servers.RabbitMqManagementUri;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        var address = new UriBuilder(management) { UserName = "", Password = "" }.Uri;
        return JsonElement.Parse(await http.GetStringAsync(new Uri(address, "/api/queues/%2F/" + Queue)));
    }
}
