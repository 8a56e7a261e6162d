using System.Globalization;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Kills workers, schedulers and the broker at random while batches run, each only when it is up again: the kills are
/// spread over the lines of some batches that get done. For one loop.
/// </summary>
internal sealed class KillStorm(FaultCluster cluster, Random random, Guid[] batches)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Dictionary<string, Task> _coming = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _kills = new(StringComparer.Ordinal);

    /// <summary>Kills of workers so far.</summary>
    public int OfWorkers => _kills.Where(one => one.Key.StartsWith("batch-worker", StringComparison.Ordinal))
        .Sum(one => one.Value);

    public override string ToString() => string.Join(", ", _kills.Select(one => $"{one.Key} {one.Value} times"));

    /// <summary>Returns when that many processes were killed and all are up again.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="lines">Lines of the batches that run, of which a tenth stays for the time after.</param>
    public async Task RunAsync(int kills, int lines)
    {
        var before = await DoneAsync();
        for (var kill = 0; kill < kills; kill++)
        {
            var share = lines * 0.9 * (kill + random.NextDouble()) / kills;
            await Eventually.Until(
                $"{(int)share} lines are done after {this}",
                async () => await DoneAsync() - before >= share,
                s_patience);
            (await DoneAsync() - before).ShouldBeLessThan(lines, $"all was done before kill {kill}: {this}");
            await KillAsync();
        }

        await Task.WhenAll(_coming.Values);
    }

    private async Task KillAsync()
    {
        var kind = random.Next(3);
        var number = 1 + random.Next(2);
        var isUp = false;
        while (!isUp)
        {
            isUp = kind switch
            {
                0 => await TryKillAsync(cluster.Processes[ServiceKind.BatchWorker, number]),
                1 => await TryKillAsync(cluster.Processes[ServiceKind.Scheduler, number]),
                _ => await TryKillBrokerAsync(),
            };
            (kind, number) = ((kind + 1) % 3, 3 - number);
        }
    }

    private Task<bool> TryKillAsync(ClusterService service) => TryKillAsync(
        service.Process.Name, service.Process.KillAsync, () => service.WaitUntilReadyAsync(s_patience));

    private Task<bool> TryKillBrokerAsync()
    {
        var servers = cluster.Processes.Servers;
        return TryKillAsync("rabbitmq", servers.RabbitMq!.KillAsync, () => servers.WaitUntilReadyAsync());
    }

    private async Task<bool> TryKillAsync(string name, Func<Task<int?>> kill, Func<Task> ready)
    {
        if (_coming.TryGetValue(name, out var coming))
        {
            if (!coming.IsCompleted)
            {
                return false;
            }

            await coming;
        }

        (await kill()).ShouldNotBeNull($"{name} was up and is gone after {this}");
        _kills[name] = _kills.GetValueOrDefault(name) + 1;
        _coming[name] = ready();
        return true;
    }

    private async Task<long> DoneAsync() => Convert.ToInt64(
        await cluster.Cluster.ScalarAsync($"""
         SELECT coalesce(sum(completed + failed), 0) FROM scheduler.shards
         WHERE batch_id IN ({string.Join(", ", batches.Select(id => $"'{id}'"))})
         """),
        CultureInfo.InvariantCulture);
}
