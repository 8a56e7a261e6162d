using Shouldly;
using Sluice.LocalCluster.Processes;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// Processes that freeze inside their transactions, with the rows that these have locked, and wake much later.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FreezeTests(FrozenCluster cluster) : IClassFixture<FrozenCluster>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whoever_freezes_inside_a_transaction_holds_nobody_up_and_changes_nothing_when_it_wakes()
    {
        var worker = cluster.Processes[ServiceKind.BatchWorker, 1];
        var hits = 0;
        for (var round = 0; hits < FrozenCluster.Points; round++)
        {
            round.ShouldBeLessThan(3 * FrozenCluster.Points, $"only {hits} points were reached");
            var run = new FaultRun(cluster);
            await run.SubmitAsync(1_000, "first_ms=20");
            await Eventually.Until(
                "the batch is complete although they sleep", () => run.IsCompletedAsync(), s_patience);
            await Eventually.Until("the gateway leaves out who sleeps", () => AnswersAsync(run));
            await run.CheckLinesAsync();

            var asleep = Asleep();
            FaultSettings.Say($"round {round}: asleep {string.Join(", ", asleep.Select(s => s.Process.Name))}");
            var before = await FaultRun.IdentitiesAsync(cluster, worker);
            foreach (var service in asleep)
            {
                await WakeAsync(service);
            }

            if (asleep.Contains(worker))
            {
                await FaultRun.IsBackAsync(cluster, worker, before);
                (await worker.RefusedPagesAsync()).ShouldBeGreaterThan(0, "the page in its hand was not refused");
            }

            hits += asleep.Count;
            await CheckAsync(run, mayRepeat: asleep.Contains(worker) ? FaultCluster.LinesInFlight : 0);
        }
    }

    [Fact]
    public async Task While_every_scheduler_sleeps_requests_are_refused_in_time_and_once_they_wake_answered()
    {
        var schedulers = cluster.Processes.Services.Where(s => s.Kind == ServiceKind.Scheduler).ToList();
        schedulers.Count.ShouldBe(2);
        foreach (var scheduler in schedulers)
        {
            scheduler.Process.Send(Signal.Freeze).ShouldBeTrue();
        }

        // At once, so that their patience is over at once.
        var answers = await Task.WhenAll(
            cluster.Api.GetAsync("/v1/batches?limit=1"), cluster.Api.GetAsync("/api/dead-letters?limit=1"));
        foreach (var scheduler in schedulers)
        {
            scheduler.IsAsleep().ShouldBeTrue();
            scheduler.Process.Send(Signal.Continue).ShouldBeTrue();
        }

        answers[0].ShouldBeRefused(504)["code"]!.GetValue<string>().ShouldBe("upstream_timeout");
        ((int)answers[1].Status).ShouldBe(504, answers[1].ToString());
        answers[1].Headers["Content-Type"].ShouldStartWith("application/problem+json");
        answers[1].Json["code"]!.GetValue<string>().ShouldBe("upstream_timeout");
        foreach (var answer in answers)
        {
            answer.Headers["Retry-After"].ShouldBe("1");
        }

        await Task.WhenAll(schedulers.Select(scheduler => scheduler.WaitUntilReadyAsync()));
        (await cluster.Api.GetAsync("/v1/batches?limit=1")).Ok();
        (await cluster.Api.GetAsync("/api/dead-letters?limit=1")).Ok();
    }

    private List<ClusterService> Asleep() => [.. cluster.Processes.Services.Where(service => service.IsAsleep())];

    /// <summary>
    /// Checks everything. Who was woken may come to its next point while it is asked: then others are asked again.
    /// </summary>
    private async Task CheckAsync(FaultRun run, int mayRepeat)
    {
        while (true)
        {
            var before = Asleep().Count;
            await Eventually.Until("the gateway leaves out who froze again", () => AnswersAsync(run));
            try
            {
                await run.CheckAsync(mayRepeat);
                return;
            }
            catch (Exception) when (Asleep().Count > before)
            {
                FaultSettings.Say("one came to its next point meanwhile");
            }
        }
    }

    /// <summary>
    /// Wakes it. With the messages that it has in hand it may come to its next point at once: then the next round's
    /// batch finds it asleep there.
    /// </summary>
    private static Task WakeAsync(ClusterService service)
    {
        service.Process.Send(Signal.Continue).ShouldBeTrue();
        return Eventually.Until(
            $"{service.Process.Name} is ready, or asleep at its next point",
            async () => service.IsAsleep() || await service.IsReadyAsync(),
            s_patience);
    }

    /// <summary>Whether as many requests as would meet each scheduler are answered at once.</summary>
    private async Task<bool> AnswersAsync(FaultRun run)
    {
        for (var request = 0; request < 4; request++)
        {
            using var answer = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                using var batch = await cluster.Api.StartAsync(
                    HttpMethod.Get, $"/v1/batches/{run.BatchId}", cancellation: answer.Token);
                batch.EnsureSuccessStatusCode();
            }
            catch (OperationCanceledException) when (answer.IsCancellationRequested)
            {
                return false;
            }
        }

        return true;
    }
}
