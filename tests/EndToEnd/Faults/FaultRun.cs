using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Batches;
using Sluice.Tests.EndToEnd.Cluster;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// One batch that runs long enough for a fault to hit it, through an upstream that counts calls; then the checks: every
/// line exactly once, repeated calls bounded, nothing hanging.
/// </summary>
internal sealed class FaultRun(FaultCluster cluster)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly BatchLedger _ledger = new();
    private string? _batchId;

    public string BatchId => _batchId ?? throw new InvalidOperationException("Not started.");

    /// <summary>Submits the batch and returns when the share of its lines is done; it goes on running.</summary>
    public async Task StartAsync(int lines, string directives, double share)
    {
        await SubmitAsync(lines, directives);
        await ReachAsync(share);
    }

    public async Task SubmitAsync(int lines, string directives)
    {
        _ledger.Add(lines, directives);
        _batchId = await cluster.Api.CreateBatchAsync(
            await cluster.Api.UploadAsync(_ledger.ToJsonl(UpstreamSimulator.Model)));
    }

    /// <summary>Asks the database, as whom the gateway asks may sleep.</summary>
    public async Task<bool> IsCompletedAsync() => (string?)await cluster.Cluster.ScalarAsync(
        $"SELECT current_state FROM scheduler.batches WHERE id = '{Key}'") == "Completed";

    /// <summary>The batch's key in the database.</summary>
    public Guid Key => Guid.Parse(BatchId["batch_".Length..]);

    public Task ReachAsync(double share) => cluster.Api.WaitForBatchAsync(
        BatchId, b => SluiceApi.HasEnded(b) || Done(b) >= share * _ledger.Count, s_patience);

    /// <summary>Lines done; a fault that comes when all are, or none is, proves nothing and fails the test.</summary>
    public async Task<int> ShouldBeAtWorkAsync()
    {
        var batch = await cluster.Api.BatchAsync(BatchId);
        batch["status"]!.GetValue<string>().ShouldBe("in_progress", "the fault came when the batch was not at work");
        return Done(batch);
    }

    /// <summary>Waits for the end and checks everything.</summary>
    /// <param name="mayRepeat">Upstream calls beyond one per line that the faults may have cost.</param>
    public async Task CheckAsync(int mayRepeat)
    {
        await CheckLinesAsync();
        var repeated = await RepeatedAsync();
        FaultSettings.Say($"{_ledger.Count} lines, {repeated} calls repeated, at most {mayRepeat} allowed");
        repeated.ShouldBeLessThanOrEqualTo(mayRepeat, "finished lines were run again");
        await CheckLivenessAsync(cluster);
    }

    /// <summary>Waits for the end and checks each line against the ledger.</summary>
    public async Task CheckLinesAsync()
    {
        var batch = await cluster.Api.WaitForBatchAsync(BatchId, patience: s_patience);

        batch["status"]!.GetValue<string>().ShouldBe("completed", batch.ToJsonString());
        await _ledger.CheckAsync(cluster.Api, batch, asksAgain: true);
        batch["request_counts"]!["failed"]!.GetValue<int>().ShouldBe(0, batch.ToJsonString());
    }

    /// <summary>Upstream calls beyond one per line.</summary>
    public async Task<int> RepeatedAsync()
    {
        var calls = (await cluster.Cluster.Upstream.StatsAsync())["calls_per_prompt"]!.AsObject();
        var perLine = _ledger.GoodMessages
            .Select(
                m => calls[Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(m)))]?.GetValue<int>() ?? 0)
            .ToList();

        perLine.Count(n => n == 0).ShouldBe(0, "answered without a call");
        return perLine.Sum(n => n - 1);
    }

    public static Task CheckLivenessAsync(FaultCluster cluster) => Eventually.Until(
        "no shard of an ended batch is open and no message is older than 10 s",
        async () => await cluster.Cluster.ScalarAsync(
            """
            SELECT (SELECT count(*) FROM scheduler.shards WHERE state IN (1, 2))
                 + (SELECT count(*) FROM scheduler.outbox WHERE deliver_at < now() - interval '10 seconds')
            """) is 0L);

    /// <summary>
    /// Freezes the worker while it has a shard: one that froze between two would lose nothing, and keep its identity.
    /// Returns the identities that its address has.
    /// </summary>
    public static async Task<Guid[]> FreezeAtWorkAsync(FaultCluster cluster, ClusterService worker)
    {
        while (true)
        {
            await Eventually.Until($"{worker.Process.Name} has a shard", () => HasShardAsync(cluster, worker));
            worker.Process.Send(Signal.Freeze).ShouldBeTrue();
            if (await HasShardAsync(cluster, worker))
            {
                return await IdentitiesAsync(cluster, worker);
            }

            worker.Process.Send(Signal.Continue);
        }
    }

    public static async Task<Guid[]> IdentitiesAsync(FaultCluster cluster, ClusterService worker) =>
        (Guid[])(await cluster.Cluster.ScalarAsync(
            $"SELECT array_agg(id) FROM scheduler.instances WHERE {IsOf(worker)}"))!;

    /// <summary>The process has a new identity; what it wrote under the old one is refused from then on.</summary>
    public static Task IsBackAsync(FaultCluster cluster, ClusterService woken, Guid[] before) => Eventually.Until(
        $"{woken.Process.Name} is another instance than before it slept",
        async () => (await IdentitiesAsync(cluster, woken)).Except(before).Any());

    private static async Task<bool> HasShardAsync(FaultCluster cluster, ClusterService worker) =>
        await cluster.Cluster.ScalarAsync(
            $"""
             SELECT EXISTS (SELECT FROM scheduler.shards JOIN scheduler.instances ON owner = id
             WHERE state = 2 AND NOT fenced AND {IsOf(worker)})
             """) is true;

    private static string IsOf(ClusterService worker) => $"address = '{worker.InternalUrl.OriginalString}'";

    private static int Done(JsonNode batch) =>
        batch["request_counts"]!["completed"]!.GetValue<int>() + batch["request_counts"]!["failed"]!.GetValue<int>();
}
