using System.Globalization;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Streams;

/// <summary>
/// Two gateways and two streaming services on a database of their own: each test heals what it broke.
/// </summary>
public sealed class StreamCluster : IAsyncLifetime
{
    /// <summary>Twice what gateways need to see that a process drains, for a machine that is short of time.</summary>
    private static readonly Dictionary<string, string> s_patient = new() { ["Streaming__DrainNotice"] = "00:00:06" };

    /// <summary>So that what it has committed when it is killed is in its journal, not in rows.</summary>
    private static readonly Dictionary<string, string> s_seldomRows =
        new(s_patient) { ["Log__RowInterval"] = "00:00:02" };

    private static readonly Dictionary<string, string> s_none = [];

    private readonly List<SluiceApi> _apis = [];
    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster ?? throw new InvalidOperationException("Not started.");

    internal SluiceCluster Processes => Cluster.Processes;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartSharedAsync(options => Twice(options) with
        {
            Environment = (kind, number) =>
                kind != ServiceKind.Streaming ? s_none : number == 2 ? s_seldomRows : s_patient,
        });
        _apis.AddRange(Apis(_cluster));
    }

    public async ValueTask DisposeAsync()
    {
        _apis.ForEach(api => api.Dispose());
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    internal static ClusterOptions Twice(ClusterOptions options) =>
        options with { Gateways = 2, Streaming = 2, Workers = 0 };

    /// <summary>One client for each gateway.</summary>
    internal static IEnumerable<SluiceApi> Apis(TestCluster cluster) => cluster.Processes.Services
        .Where(service => service.Kind == ServiceKind.Gateway)
        .Select(gateway => new SluiceApi(gateway.PublicUrl!, TestKeys.Dev));

    /// <summary>A gateway's API.</summary>
    /// <param name="number">Any number: they alternate.</param>
    internal SluiceApi Api(int number) => _apis[number % _apis.Count];

    /// <summary>Starts a completion that the upstream counts.</summary>
    internal Task<StreamClient> StartAsync(
        int gateway, int tokens, int delayMs, string model = UpstreamSimulator.Model) =>
        StreamClient.StartAsync(Api(gateway), model, tokens, delayMs);

    /// <summary>The process that generates the response, or generated it until it ended.</summary>
    internal async Task<ClusterService> OwnerAsync(string id) =>
        (await FindOwnerAsync(id)).ShouldNotBeNull($"{id} has no owner");

    /// <summary>The same; null while nobody owns it.</summary>
    internal async Task<ClusterService?> FindOwnerAsync(string id)
    {
        var address = (string?)await Cluster.ScalarAsync(
            $"""
             SELECT i.address FROM streaming.responses r JOIN streaming.instances i ON i.id = r.owner
             WHERE r.id = '{Key(id)}'
             """);
        return address is null ? null : Processes.Services.Single(
            service => service.Kind == ServiceKind.Streaming && service.Http2Url == new Uri(address));
    }

    /// <summary>How many events of a response are stored.</summary>
    internal async Task<int> EventsAsync(string id) => Convert.ToInt32(
        await Cluster.ScalarAsync(
            $"""
             SELECT greatest(
                 (SELECT max(seq + count) FROM streaming.response_events WHERE response_id = '{Key(id)}'),
                 (SELECT max(e.seq + e.count) FROM streaming.response_journal j,
                  unnest(j.ids, j.seqs, j.counts) AS e (id, seq, count) WHERE e.id = '{Key(id)}'), 0)
             """),
        CultureInfo.InvariantCulture);

    internal async Task<bool> HasEndedAsync(string id) => await Cluster.ScalarAsync(
        $"SELECT 1 FROM streaming.responses WHERE id = '{Key(id)}' AND state <> 'running'") is not null;

    internal async Task<int> CallsAsync() => (await Cluster.Upstream.StatsAsync())["calls"]!.GetValue<int>();

    private static Guid Key(string id) => Guid.ParseExact(id[^32..], "N");
}
