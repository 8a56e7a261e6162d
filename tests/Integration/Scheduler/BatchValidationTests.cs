using System.Text;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.BatchStore.Measures;
using Sluice.BatchStore.Shards;
using Sluice.Contracts.Batches;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Validation;
using Sluice.Scheduler.Data;
using Xunit;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class BatchValidationTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    private static readonly byte[] InvalidUtf8 = [.. "{\"custom_id\":\""u8, 0xC3, 0x28, .. "\"}\n"u8];

    [Theory]
    [InlineData("\uFEFF", "empty_file", null)]
    [InlineData("\n", "blank_line", 1)]
    [InlineData("{A}\n\n{B}\n", "blank_line", 2)]
    [InlineData("{A}\r\n  \r\n{B}\r\n", "blank_line", 2)]
    [InlineData("{A}\n{A}\n", "duplicate_custom_id", 2)]
    [InlineData("{A}\nnonsense\n", "invalid_json_line", 2)]
    [InlineData("{A}\n[]\n", "not_an_object", 2)]
    [InlineData("{A}\n{}", "missing_required_field", 2)]
    [InlineData("{URL}\n", "mismatched_url", 1)]
    [InlineData("{STREAM}\n", "stream_not_supported", 1)]
    [InlineData("{A}\n{\"\\ud800\":1,\"custom_id\":\"b\"}\n", "invalid_json_line", 2)]
    [InlineData("{\"\\ud800\":1}\n{A}\n", "invalid_json_line", 1)]
    [InlineData("{\"custom_id\":\"b\",\"body\":{\"\\ud800\":1}}\n", "invalid_json_line", 1)]
    [InlineData("{\"custom_id\":\"b\",\"method\":\"\\ud800\"}\n", "invalid_json_line", 1)]
    [InlineData("{\"custom_id\":\"b\",\"url\":\"\\ud800/v1/chat/completions\"}\n", "invalid_json_line", 1)]
    public async Task Bad_input_fails_the_batch_and_names_the_line(string text, string code, int? line)
    {
        var content = text
            .Replace("{A}", BatchLines.Line("a"))
            .Replace("{B}", BatchLines.Line("b"))
            .Replace("{URL}", BatchLines.Line("c", "/v1/embeddings"))
            .Replace("{STREAM}", BatchLines.Line("d").Replace("\"model\"", "\"stream\":true,\"model\""));

        var batch = await FailedAsync(Encoding.UTF8.GetBytes(content));

        var error = batch.GetProperty("errors").GetProperty("data").EnumerateArray().ShouldHaveSingleItem();
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("line").ValueKind.ShouldBe(line is null ? JsonValueKind.Null : JsonValueKind.Number);
        (line is null || error.GetProperty("line").GetInt32() == line).ShouldBeTrue();
        batch.GetProperty("errors").GetProperty("object").GetString().ShouldBe("list");
        batch.GetProperty("failed_at").ValueKind.ShouldBe(JsonValueKind.Number);
        batch.GetProperty("request_counts").GetProperty("total").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Invalid_utf8_and_a_line_that_is_too_long_are_reported_with_the_other_bad_lines()
    {
        byte[] content = [.. InvalidUtf8, .. new byte[2_500_000], (byte)'\n', .. "{}\n"u8];

        var batch = await FailedAsync(content);

        batch.GetProperty("errors").GetProperty("data").EnumerateArray()
            .Select(e => (e.GetProperty("line").GetInt32(), e.GetProperty("code").GetString()))
            .ShouldBe([(1, "invalid_utf8"), (2, "line_too_long"), (3, "missing_required_field")]);
    }

    [Fact]
    public async Task One_line_too_many_is_refused()
    {
        var content = new StringBuilder();
        for (var i = 0; i <= 50_000; i++)
        {
            content.Append("{\"custom_id\":\"").Append(i).Append("\"}\n");
        }

        var batch = await FailedAsync(Encoding.UTF8.GetBytes(content.ToString()));

        var errors = batch.GetProperty("errors").GetProperty("data");
        errors.GetArrayLength().ShouldBe(100);
        errors[99].GetProperty("code").GetString().ShouldBe("too_many_lines");
        batch.GetProperty("x_sluice").GetProperty("input_errors").GetInt64().ShouldBe(50_001);
    }

    [Fact]
    public async Task A_mark_at_the_start_and_windows_line_ends_are_accepted()
    {
        var content = "\uFEFF" + BatchLines.Line("a") + "\r\n" + BatchLines.Line("b") + "\r\n" + BatchLines.Line("c");

        var batch = await scheduler.CreateBatchAsync(content);

        var running = await scheduler.WaitForAsync(batch.GetProperty("id").GetString()!, "in_progress");
        running.GetProperty("request_counts").GetProperty("total").GetInt32().ShouldBe(3);
    }

    [Fact]
    public async Task Lines_that_were_measured_to_be_quick_come_in_larger_shards_and_slow_ones_do_not()
    {
        const int lines = 19_200;
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var (quick, slow) = (BatchLines.Good(lines), BatchLines.Good(lines).Replace("sluice-sim", "slow-model"));
        await MeasureTable.AddAsync(
            connection,
            [
                new(new(MeasureKind.LineTime, "sluice-sim"), default(Measure).Add(0.001)),
                new(new(MeasureKind.LineTime, "slow-model"), default(Measure).Add(10)),
                new(new(MeasureKind.ParallelLines, ""), default(Measure).Add(300)),
                new(new(MeasureKind.ParallelCalls, ""), default(Measure).Add(48)),
            ],
            default);

        // A 128th of the batch: it stays worth sharing.
        (await ShardsOfAsync(quick)).ShouldBe(128);

        // Half of the calls that a worker has open.
        (await ShardsOfAsync(slow)).ShouldBe(lines / 24);

        async Task<long> ShardsOfAsync(string content)
        {
            var id = (await scheduler.CreateBatchAsync(content)).GetProperty("id").GetString()!;
            await scheduler.WaitForAsync(id, "in_progress");
            return await ShardsAsync(Guid.ParseExact(id["batch_".Length..], "N"));
        }
    }

    [Fact]
    public async Task A_validation_that_was_overtaken_writes_nothing()
    {
        var (batch, _) = await WaitingBatchAsync();
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var old = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();

        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);

        (await ShardTable.InsertAsync(connection, new(batch, Guid.Empty, old), [new(9, 1, 1, 0, 1)], default))
            .ShouldBeFalse();
        (await ShardsAsync(batch)).ShouldBe(3);
    }

    [Fact]
    public async Task A_validation_after_the_outcome_is_committed_changes_nothing()
    {
        var (batch, _) = await WaitingBatchAsync();
        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.batches SET current_state = 'Validating' WHERE id = @batch", new { batch });
        await scheduler.ExecuteAsync("UPDATE scheduler.shards SET state = 3 WHERE batch_id = @batch", new { batch });

        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);

        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.shards WHERE batch_id = @batch AND state = 3", new { batch })).ShouldBe(3);
    }

    [Fact]
    public async Task A_cancel_before_the_end_of_validation_leaves_a_batch_without_lines()
    {
        var (batch, id) = await WaitingBatchAsync();
        await using (var connection = await scheduler.DataSource.OpenConnectionAsync())
        {
            var epoch = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
            (await ShardTable.InsertAsync(connection, new(batch, Guid.Empty, epoch), [new(0, 1, 1, 0, 1)], default))
                .ShouldBeTrue();
        }

        var answer = await SchedulerFixture.Json(await scheduler.Client.PostAsync($"/v1/batches/{id}/cancel", null));

        answer.GetProperty("status").GetString().ShouldBe("cancelling");
        var cancelled = await scheduler.WaitForAsync(id, "cancelled");
        cancelled.GetProperty("request_counts").GetProperty("total").GetInt32().ShouldBe(0);
        cancelled.GetProperty("error_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
        (await ShardsAsync(batch)).ShouldBe(0);
        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);
        (await ShardsAsync(batch)).ShouldBe(0);
    }

    [Fact]
    public async Task A_deadline_before_the_end_of_validation_expires_the_batch_and_fences_the_validation()
    {
        var (batch, id) = await WaitingBatchAsync();
        await using var connection = await scheduler.DataSource.OpenConnectionAsync();
        var epoch = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
        var running = new ValidationLease(batch, Guid.Empty, epoch);
        (await ShardTable.InsertAsync(connection, running, [new(0, 1, 1, 0, 1)], default)).ShouldBeTrue();

        await using (var scope = scheduler.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IBus>().Publish(
                new ExpireBatch { BatchId = batch, Deadline = TimeProvider.System.GetUtcNow().AddDays(2) });
        }

        var expired = await scheduler.WaitForAsync(id, "expired");
        expired.GetProperty("request_counts").GetRawText().ShouldBe("""{"total":0,"completed":0,"failed":0}""");
        expired.GetProperty("expired_at").ValueKind.ShouldBe(JsonValueKind.Number);
        expired.GetProperty("output_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
        expired.GetProperty("error_file_id").ValueKind.ShouldBe(JsonValueKind.Null);
        expired.GetProperty("errors").ValueKind.ShouldBe(JsonValueKind.Null);

        // What still runs, and what comes again, changes nothing.
        (await ShardTable.InsertAsync(connection, running, [new(1, 2, 1, 1, 1)], default)).ShouldBeFalse();
        (await ValidationTable.HoldAsync(connection, batch, epoch, default)).ShouldBeFalse();
        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);
        (await ShardsAsync(batch)).ShouldBe(0);
    }

    [Fact]
    public async Task An_input_that_is_lost_meanwhile_fails_the_batch()
    {
        var (batch, id) = await WaitingBatchAsync();
        await scheduler.ExecuteAsync(
            """
            DELETE FROM scheduler.blob_chunks WHERE blob_id = (
                SELECT f.blob_id FROM scheduler.files f JOIN scheduler.batches b ON b.input_file_id = f.id
                WHERE b.id = @batch)
            """,
            new { batch });

        await scheduler.Get<BatchValidation>().RunAsync(batch, isLastTry: false, default);

        var failed = await scheduler.WaitForAsync(id, "failed");
        failed.GetProperty("errors").GetProperty("data")[0].GetProperty("code").GetString().ShouldBe("input_file_lost");
    }

    [Fact]
    public async Task A_message_about_a_line_is_stored_whatever_it_quotes()
    {
        // Cut after 100 units, which is in the midst of a pair.
        var url = "/" + string.Concat(Enumerable.Repeat("🙂", 100));

        var batch = await FailedAsync(Encoding.UTF8.GetBytes(BatchLines.Line("a", url)));

        batch.GetProperty("errors").GetProperty("data")[0].GetProperty("code").GetString().ShouldBe("mismatched_url");
    }

    [Fact]
    public async Task A_validation_that_fails_on_every_try_fails_the_batch_on_the_last()
    {
        var (batch, id) = await WaitingBatchAsync();
        await scheduler.ExecuteAsync(
            $"""
             CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '22000'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON scheduler.shards
                 FOR EACH ROW WHEN (NEW.batch_id = '{batch}') EXECUTE FUNCTION refuse();
             """);
        var validation = scheduler.Get<BatchValidation>();

        await Should.ThrowAsync<Exception>(() => validation.RunAsync(batch, isLastTry: false, default));
        (await scheduler.GetAsync($"/v1/batches/{id}")).GetProperty("status").GetString().ShouldBe("validating");
        await validation.RunAsync(batch, isLastTry: true, default);

        var failed = await scheduler.WaitForAsync(id, "failed");
        failed.GetProperty("errors").GetProperty("data").EnumerateArray().ShouldHaveSingleItem()
            .GetProperty("code").GetString().ShouldBe("validation_failed");
    }

    /// <summary>A batch of 250 lines that nobody validates: it was not announced.</summary>
    private async Task<(Guid Batch, string Id)> WaitingBatchAsync()
    {
        var file = await scheduler.UploadAsync(BatchLines.Good(250));
        await using var scope = scheduler.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<SchedulerDbContext>();
        var now = TimeProvider.System.GetUtcNow();
        var batch = new BatchState
        {
            CorrelationId = Guid.CreateVersion7(),
            CurrentState = "Validating",
            Tenant = SchedulerFixture.Tenant,
            InputFileId = Guid.Parse(file[5..]),
            Endpoint = "/v1/chat/completions",
            CompletionWindow = "24h",
            CreatedAt = now,
            ExpiresAt = now.AddDays(1),
        };
        db.Batches.Add(batch);
        await db.SaveChangesAsync();
        return (batch.CorrelationId, $"batch_{batch.CorrelationId:N}");
    }

    private async Task<JsonElement> FailedAsync(byte[] content)
    {
        var file = await scheduler.UploadAsync(content);
        var batch = await SchedulerFixture.Json(await scheduler.PostBatchAsync(file));
        return await scheduler.WaitForAsync(batch.GetProperty("id").GetString()!, "failed");
    }

    private Task<long> ShardsAsync(Guid batch) =>
        scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.shards WHERE batch_id = @batch", new { batch });
}
