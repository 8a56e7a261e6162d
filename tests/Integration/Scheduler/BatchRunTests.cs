using System.Text.Json;
using Shouldly;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches.Finalization;
using Sluice.TestKit;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

/// <summary>From POST to the files, with a worker that answers without models.</summary>
public sealed class BatchRunTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task A_batch_completes_and_each_line_is_in_one_file()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        var id = Id(await scheduler.CreateBatchAsync(1234));

        var batch = await scheduler.WaitForAsync(id, "completed");

        batch.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":1234,"completed":1111,"failed":123}""");
        batch.GetProperty("usage").GetProperty("total_tokens").GetInt64().ShouldBe(1234 * 8);
        batch.GetProperty("usage").GetProperty("input_tokens").GetInt64().ShouldBe(1234 * 3);
        batch.GetProperty("x_sluice").GetProperty("progress").GetDouble().ShouldBe(1);
        batch.GetProperty("x_sluice").GetProperty("shards").GetRawText().ShouldBe("""{"total":13,"open":0}""");
        batch.GetProperty("finalizing_at").ValueKind.ShouldBe(JsonValueKind.Number);
        batch.GetProperty("completed_at").ValueKind.ShouldBe(JsonValueKind.Number);
        var output = await LinesAsync(batch, "output_file_id");
        var error = await LinesAsync(batch, "error_file_id");
        output.Count.ShouldBe(1111);
        error.Count.ShouldBe(123);
        output.Concat(error).Order().ShouldBe(Enumerable.Range(1, 1234).Select(i => $"line-{i}").Order());
        worker.Received.Count.ShouldBe(13);
        var file = await scheduler.GetAsync($"/v1/files/{batch.GetProperty("output_file_id").GetString()}");
        file.GetProperty("purpose").GetString().ShouldBe("batch_output");
        file.GetProperty("filename").GetString().ShouldBe($"{id}_output.jsonl");
    }

    [Fact]
    public async Task Two_workers_that_finish_the_last_two_shards_at_once_end_the_batch_once()
    {
        await using var one = await FakeWorker.StartAsync(scheduler, holds: true);
        await using var other = await FakeWorker.StartAsync(scheduler, holds: true);
        for (var round = 0; round < (Seeded.Soak ? 200 : 3); round++)
        {
            var id = Id(await scheduler.CreateBatchAsync(200));
            var key = Guid.Parse(id["batch_".Length..]);
            (FakeWorker Worker, int No, int Epoch)[] held = [];
            await Eventually.Until("both shards are taken", () =>
            {
                held = [.. ((FakeWorker[])[one, other]).SelectMany(worker => worker.Taken
                    .Where(shard => shard.BatchId == key).Select(shard => (worker, shard.ShardNo, shard.Epoch)))];
                return held.Length == 2;
            });

            var ended = await Task.WhenAll(held.Select(shard => Task.Run(() => shard.Worker.RunAsync(
                new(new(key, shard.No), shard.Epoch, shard.Worker.Instances.Current.Id),
                new(new(key, shard.No), shard.Epoch, Guid.Empty, 1 + (shard.No * 100), 100, 0, 0, 1),
                lines: 100,
                last: true))));

            ended.ShouldBe([true, true]);
            var batch = await scheduler.WaitForAsync(id, "completed");
            batch.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":200,"completed":180,"failed":20}""");
            (await scheduler.ScalarAsync<long>(
                "SELECT count(*) FROM scheduler.files WHERE batch_id = @key", new { key })).ShouldBe(2);
        }
    }

    [Fact]
    public async Task A_file_without_lines_does_not_exist()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);

        var batch = await scheduler.WaitForAsync(Id(await scheduler.CreateBatchAsync(9)), "completed");

        batch.GetProperty("error_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
        (await LinesAsync(batch, "output_file_id")).Count.ShouldBe(9);
    }

    [Fact]
    public async Task Cancelling_keeps_what_is_done_and_reports_the_rest()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        worker.OnlyLines = 25;
        var id = Id(await scheduler.CreateBatchAsync(250));
        await Eventually.Until("all shards are held", () => worker.Taken.Count == 3);
        await Eventually.Until("pages are committed", async () =>
        {
            var counts = (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("request_counts");
            return counts.GetProperty("completed").GetInt32() == 69;
        });

        var answer = await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));

        answer.GetProperty("status").GetString().ShouldBe("cancelling");
        answer.GetProperty("cancelling_at").ValueKind.ShouldBe(JsonValueKind.Number);
        var batch = await scheduler.WaitForAsync(id, "cancelled");
        batch.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":250,"completed":69,"failed":181}""");
        var output = await LinesAsync(batch, "output_file_id");
        var error = await LinesAsync(batch, "error_file_id");
        output.Count.ShouldBe(69);
        output.Concat(error).Order().ShouldBe(Enumerable.Range(1, 250).Select(i => $"line-{i}").Order());
        var text = await scheduler.Client.GetStringAsync(
            $"/v1/files/{batch.GetProperty("error_file_id").GetString()}/content");
        text.Split('\n').Count(l => l.Contains("\"code\":\"batch_cancelled\"")).ShouldBe(175);

        // The worker never heard of it: what it still writes is refused.
        var shard = worker.Taken.First();
        (await worker.RunAsync(
            new(new(shard.BatchId, shard.ShardNo), shard.Epoch, worker.Instances.Current.Id),
            new(new(shard.BatchId, shard.ShardNo), shard.Epoch, Guid.Empty, 1 + (shard.ShardNo * 100), 50, 0, 0, 1),
            lines: 25,
            last: true,
            page: 1)).ShouldBeFalse();
    }

    [Fact]
    public async Task Cancelling_twice_is_one_cancel_and_an_ended_batch_cannot_be_cancelled()
    {
        var id = Id(await scheduler.CreateBatchAsync(5));

        var first = await Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));
        using var second = await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null);

        ((int)second.StatusCode).ShouldBeOneOf(200, 409);
        first.GetProperty("status").GetString().ShouldBeOneOf("cancelling", "cancelled");
        await scheduler.WaitForAsync(id, "cancelled");
        using var late = await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null);
        var error = await Refusal(late, 409);
        error.GetProperty("message").GetString()!.ShouldContain("cancelled");
        late.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
    }

    [Fact]
    public async Task A_completed_or_failed_batch_cannot_be_cancelled()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        var completed = Id(await scheduler.CreateBatchAsync(1));
        await scheduler.WaitForAsync(completed, "completed");
        var failed = Id(await scheduler.CreateBatchAsync("nonsense"));
        await scheduler.WaitForAsync(failed, "failed");

        await Refusal(await scheduler.Client.PostAsync($"/v1/batches/{completed}/cancel", null), 409);
        await Refusal(await scheduler.Client.PostAsync($"/v1/batches/{failed}/cancel", null), 409);
    }

    [Fact]
    public async Task Finalizing_twice_at_the_same_time_makes_each_file_once()
    {
        var id = Id(await scheduler.CreateBatchAsync(120));
        await scheduler.WaitForAsync(id, "in_progress");
        var batch = Guid.Parse(id["batch_".Length..]);
        await using (var connection = await scheduler.DataSource.OpenConnectionAsync())
        {
            await ShardTable.CloseAsync(connection, batch, default);
        }

        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET current_state = 'Cancelling', cancel_requested_at = now() WHERE id = @batch",
            new { batch });
        var finalization = scheduler.Get<BatchFinalization>();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => finalization.RunAsync(batch, default)));
        await finalization.RunAsync(batch, default);

        var ended = await scheduler.WaitForAsync(id, "cancelled");
        ended.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":120,"completed":0,"failed":120}""");
        (await LinesAsync(ended, "error_file_id")).Count.ShouldBe(120);
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.files WHERE batch_id = @batch", new { batch })).ShouldBe(1);
    }

    [Fact]
    public async Task A_deleted_output_file_is_gone_and_the_other_stays()
    {
        await using var worker = await FakeWorker.StartAsync(scheduler);
        var batch = await scheduler.WaitForAsync(Id(await scheduler.CreateBatchAsync(20)), "completed");
        var output = batch.GetProperty("output_file_id").GetString();

        await Json(await scheduler.Client.DeleteAsync($"/v1/files/{output}"));

        await Refusal(await scheduler.Client.GetAsync($"/v1/files/{output}/content"), 404);
        await Eventually.Until("its pages are removed", async () => await scheduler.ScalarAsync<bool>(
            "SELECT purged_at IS NOT NULL FROM scheduler.files WHERE id = @id", new { id = Guid.Parse(output![5..]) }));
        (await LinesAsync(batch, "error_file_id")).Count.ShouldBe(2);
    }

    private static string Id(JsonElement batch) => batch.GetProperty("id").GetString()!;

    /// <summary>The custom ids of a file's lines.</summary>
    private async Task<IReadOnlyList<string>> LinesAsync(JsonElement batch, string file)
    {
        using var answer = await scheduler.Client.GetAsync($"/v1/files/{batch.GetProperty(file).GetString()}/content");
        var text = await answer.Content.ReadAsStringAsync();
        answer.Content.Headers.ContentLength.ShouldBe(text.Length);
        text.ShouldEndWith("\n");
        return [.. text.TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("custom_id").GetString()!)];
    }
}
