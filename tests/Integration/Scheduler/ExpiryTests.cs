using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>The end of a completion window; the message that waits for it is brought forward.</summary>
public sealed class ExpiryTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task An_expired_batch_keeps_what_is_finished_and_reports_the_rest()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        worker.OnlyLines = 25;
        var id = await CreateAsync(250, "1m");
        await Eventually.Until("pages are committed", async () =>
        {
            var counts = (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("request_counts");
            return counts.GetProperty("completed").GetInt32() == 69;
        });

        await DueAsync(id);
        var batch = await scheduler.WaitForAsync(id, "expired");

        batch.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":250,"completed":69,"failed":181}""");
        batch.GetProperty("expired_at").ValueKind.ShouldBe(JsonValueKind.Number);
        batch.GetProperty("finalizing_at").ValueKind.ShouldBe(JsonValueKind.Number);
        batch.GetProperty("completed_at").ValueKind.ShouldBe(JsonValueKind.Null);
        (batch.GetProperty("expires_at").GetInt64() - batch.GetProperty("created_at").GetInt64()).ShouldBe(60);
        var output = await TextAsync(batch, "output_file_id");
        var error = await TextAsync(batch, "error_file_id");
        output.Split('\n').Length.ShouldBe(69 + 1);
        error.Split('\n').Count(l => l.Contains("\"code\":\"batch_expired\"")).ShouldBe(175);
        using var cancel = await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null);
        await Refusal(cancel, 409);
    }

    [Fact]
    public async Task A_batch_without_a_deadline_or_with_time_left_has_no_end_and_an_ended_one_leaves_no_message()
    {
        var immediate = await scheduler.CreateBatchAsync(1, "", "immediate");
        immediate.GetProperty("expires_at").ValueKind.ShouldBe(JsonValueKind.Null);
        immediate.GetProperty("x_sluice").GetProperty("priority").GetString().ShouldBe("high");
        var id = await CreateAsync(1, "30d");
        (await WaitingAsync()).ShouldBeGreaterThan(0);

        await using var worker = await FakeWorker.StartAsync(scheduler);
        await scheduler.WaitForAsync(id, "completed");

        await Eventually.Until("its message is taken back", async () =>
            await scheduler.ScalarAsync<long>(
                "SELECT count(*) FROM scheduler.outbox WHERE deliver_at > now() + interval '29 days'") == 0);
    }

    [Fact]
    public async Task A_deadline_that_passes_while_the_outcome_of_validation_is_on_its_way_expires_every_line()
    {
        var id = await CreateAsync(100, "5m");
        await scheduler.WaitForAsync(id, "in_progress");
        var batch = Guid.Parse(id["batch_".Length..]);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET current_state = 'Validating' WHERE id = @batch", new { batch });

        await DueAsync(id);
        var ended = await scheduler.WaitForAsync(id, "expired");
        await using (var scope = scheduler.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IBus>().Publish(
                new Sluice.Contracts.Batches.BatchValidated { BatchId = batch, Lines = 100, Shards = 1 });
        }

        ended.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":100,"completed":0,"failed":100}""");
        (await TextAsync(ended, "error_file_id")).Split('\n')
            .Count(l => l.Contains("\"code\":\"batch_expired\"")).ShouldBe(100);
        ended.GetProperty("output_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    private async Task<string> CreateAsync(int lines, string window) =>
        (await scheduler.CreateBatchAsync(lines, "", window)).GetProperty("id").GetString()!;

    private async Task<string> TextAsync(JsonElement batch, string file) =>
        await scheduler.Client.GetStringAsync($"/v1/files/{batch.GetProperty(file).GetString()}/content");

    private Task<long> WaitingAsync() =>
        scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.outbox WHERE deliver_at > now()");

    /// <summary>Brings the message for the deadline of a batch forward to now.</summary>
    private async Task DueAsync(string id)
    {
        await using var scope = scheduler.Services.CreateAsyncScope();
        var batch = await scope.ServiceProvider.GetRequiredService<Sluice.Scheduler.Data.SchedulerDbContext>()
            .Batches.FindAsync(Guid.Parse(id["batch_".Length..]));
        var moved = await scheduler.ExecuteAsync(
            "UPDATE scheduler.outbox SET deliver_at = now() WHERE schedule_id = @token",
            new { token = batch.ShouldNotBeNull().ExpiryToken.ShouldNotBeNull() });
        moved.ShouldBe(1);
    }
}
