using Shouldly;
using Sluice.Scheduler.Files;
using Xunit;
using static Sluice.Tests.Integration.Scheduler.SchedulerFixture;

namespace Sluice.Tests.Integration.Scheduler;

public sealed class FileSweepTests(SchedulerFixture scheduler) : IClassFixture<SchedulerFixture>
{
    [Fact]
    public async Task An_expired_file_is_not_found_and_its_bytes_are_removed()
    {
        var id = await scheduler.UploadAsync("x");
        await ExpireAsync(id);

        await Refusal(await scheduler.Client.GetAsync($"/v1/files/{id}"), 404);
        await SweepAsync();

        (await ChunksOfAsync(id)).ShouldBe(0);
    }

    [Fact]
    public async Task An_expired_input_waits_for_its_batch()
    {
        var batch = await scheduler.CreateBatchAsync(1);
        var id = batch.GetProperty("input_file_id").GetString()!;
        var batchId = batch.GetProperty("id").GetString()!;
        await scheduler.WaitForAsync(batchId, "in_progress");
        await ExpireAsync(id);

        await SweepAsync();
        (await ChunksOfAsync(id)).ShouldBe(1);
        await Json(await scheduler.Client.PostAsync($"/v1/batches/{batchId}/cancel", null));
        await scheduler.WaitForAsync(batchId, "cancelled");
        await SweepAsync();

        (await ChunksOfAsync(id)).ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_of_an_upload_whose_process_died_are_removed()
    {
        var (old, young) = (
            Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddHours(-7)), Guid.CreateVersion7());
        await scheduler.ExecuteAsync(
            "INSERT INTO scheduler.blob_chunks (blob_id, no, body) VALUES (@old, 0, 'x'), (@young, 0, 'x')",
            new { old, young });

        await SweepAsync();

        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.blob_chunks WHERE blob_id = @old", new { old })).ShouldBe(0);
        (await scheduler.ScalarAsync<long>(
            "SELECT count(*) FROM scheduler.blob_chunks WHERE blob_id = @young", new { young })).ShouldBe(1);
    }

    [Fact]
    public async Task The_row_of_a_removed_file_is_forgotten_after_a_day()
    {
        var id = await scheduler.UploadAsync("x");
        await ExpireAsync(id);
        await SweepAsync();
        await scheduler.ExecuteAsync(
            "UPDATE scheduler.files SET purged_at = purged_at - interval '25 hours' WHERE id = @id", Key(id));

        await SweepAsync();

        (await scheduler.ScalarAsync<long>("SELECT count(*) FROM scheduler.files WHERE id = @id", Key(id))).ShouldBe(0);
    }

    private static object Key(string id) => new { id = Guid.Parse(id[5..]) };

    private Task<bool> SweepAsync() => scheduler.Get<FileSweep>().RunAsync(default);

    private Task<int> ExpireAsync(string id) => scheduler.ExecuteAsync(
        "UPDATE scheduler.files SET expires_at = now() - interval '1 second' WHERE id = @id", Key(id));

    private Task<long> ChunksOfAsync(string id) => scheduler.ScalarAsync<long>(
        """
        SELECT count(*) FROM scheduler.blob_chunks WHERE blob_id = (
            SELECT blob_id FROM scheduler.files WHERE id = @id)
        """,
        Key(id));
}
