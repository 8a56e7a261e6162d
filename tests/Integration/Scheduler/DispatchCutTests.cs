using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>More batches than a round looks at: three here, and a worker with eight places.</summary>
public sealed class DispatchCutTests : IAsyncLifetime
{
    private readonly SchedulerFixture _scheduler = new() { Settings = ["--Dispatch:MaxBatches=3"] };

    public ValueTask InitializeAsync() => _scheduler.InitializeAsync();

    public ValueTask DisposeAsync() => _scheduler.DisposeAsync();

    [Fact]
    public async Task Later_tenants_and_higher_classes_have_their_turn_and_what_has_ended_ends()
    {
        var acme = new List<Guid>();
        for (var batch = 0; batch < 5; batch++)
        {
            acme.Add(await CreateAsync(300));
        }

        var others = await CreateAsync(300, tenant: "other");
        var critical = await CreateAsync(300, """ "priority":"critical", """);
        var ended = await CreateAsync(100, """ "priority":"low", """);
        var suggested = await _scheduler.GetAsync("/api/workers/suggested");
        suggested.GetProperty("batches").GetInt32().ShouldBe(8);
        suggested.GetProperty("lines").GetInt64().ShouldBe(2_200);

        await using var worker = await FakeWorker.StartAsync(_scheduler, holds: true);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);

        worker.Taken.Count(m => m.BatchId == critical).ShouldBe(3);
        worker.Taken.Count(m => m.BatchId == others).ShouldBeInRange(2, 3);
        worker.Taken.Count(m => acme.Contains(m.BatchId)).ShouldBeInRange(2, 3);
        await _scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET state = 3, completed = lines WHERE batch_id = @ended", new { ended });
        await _scheduler.WaitForAsync($"batch_{ended:N}", "completed");

        // All batches of a tenant have their turn, not the three oldest alone.
        worker.Holds = false;
        await _scheduler.ExecuteAsync(
            "UPDATE scheduler.shards SET state = 0, owner = NULL, epoch = epoch + 1 WHERE state = 2");
        await Eventually.Until("the last one has its turn", () => worker.Received.Any(m => m.BatchId == acme[^1]));
        worker.Received.TakeWhile(m => m.BatchId != acme[^1]).Count(m => m.BatchId == acme[0]).ShouldBeLessThan(5);
    }

    [Fact]
    public async Task A_new_critical_batch_is_not_behind_those_that_have_waited_for_hours()
    {
        for (var batch = 0; batch < 4; batch++)
        {
            await CreateAsync(300);
        }

        await _scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET in_progress_at = in_progress_at - interval '230 minutes'");
        var critical = await CreateAsync(300, """ "priority":"critical", """, tenant: "other");

        await using var worker = await FakeWorker.StartAsync(_scheduler, holds: true);
        await Eventually.Until("the window is full", () => worker.Taken.Count == 8);

        worker.Taken.ShouldAllBe(m => m.Class == 0);
        worker.Taken.Count(m => m.BatchId == critical).ShouldBe(3);
    }

    private async Task<Guid> CreateAsync(int lines, string members = "", string? tenant = null)
    {
        var id = (await _scheduler.CreateBatchAsync(lines, members)).GetProperty("id").GetString()!;
        await _scheduler.WaitForAsync(id, "in_progress");
        var batch = Guid.Parse(id["batch_".Length..]);
        if (tenant is not null)
        {
            await _scheduler.ExecuteAsync(
                "UPDATE scheduler.batches SET tenant = @tenant WHERE id = @batch", new { tenant, batch });
        }

        return batch;
    }
}
