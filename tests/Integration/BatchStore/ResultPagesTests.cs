using Dapper;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

public sealed class ResultPagesTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    [Fact]
    public async Task Pages_come_back_in_the_order_of_shards_and_pages()
    {
        var batch = await store.NewBatchAsync(2);
        var owner = await store.NewInstanceAsync();
        var (one, two) = (await store.TakeOneAsync(batch, owner), await store.TakeOneAsync(batch, owner));
        await AppendAsync(two, TestPages.Page(0, [11, 13], [12]));
        await AppendAsync(one, TestPages.Page(0, [2], []));
        await AppendAsync(one, TestPages.Page(3, [1], [3], last: true));

        (await ReadAsync(batch, ResultKind.Output)).ShouldBe("2\n1\n11\n13\n");
        (await ReadAsync(batch, ResultKind.Error)).ShouldBe("3\n12\n");
        (await store.Pages.SizeAsync(batch, ResultKind.Output, default)).ShouldBe(new ResultSize(4, 10));
        (await store.Pages.SizeAsync(batch, ResultKind.Error, default)).ShouldBe(new ResultSize(2, 5));
    }

    [Fact]
    public async Task A_page_at_an_old_epoch_is_refused()
    {
        var batch = await store.NewBatchAsync(1);
        var owner = await store.NewInstanceAsync();
        var old = await store.TakeOneAsync(batch, owner);
        await store.Leases.ReleaseAsync(old, new("test"), default);
        await store.TakeOneAsync(batch, owner);

        (await store.Pages.AppendAsync(old, TestPages.Page(0, [1], [2]), default)).ShouldBeFalse();

        (await store.Pages.SizeAsync(batch, ResultKind.Output, default)).ShouldBe(new ResultSize(0, 0));
    }

    [Fact]
    public async Task A_page_of_a_fenced_instance_is_refused()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await store.FenceAsync(lease.Owner);

        (await store.Pages.AppendAsync(lease, TestPages.Page(0, [1], []), default)).ShouldBeFalse();
    }

    [Fact]
    public async Task The_dead_letters_of_a_page_are_written_with_it_or_not_at_all()
    {
        var batch = await store.NewBatchAsync(1);
        var owner = await store.NewInstanceAsync();
        var old = await store.TakeOneAsync(batch, owner);
        await store.Leases.ReleaseAsync(old, new("test"), default);
        var lease = await store.TakeOneAsync(batch, owner);

        (await store.Pages.AppendAsync(old, TestPages.Failed(0, 2, "old"), default)).ShouldBeFalse();
        await AppendAsync(lease, TestPages.Failed(0, 2, "new"));

        await using var connection = await store.DataSource.OpenConnectionAsync();
        (await connection.QueryAsync<(string, string, int)>(
            "SELECT tenant, code, line FROM scheduler.dead_letters WHERE batch_id = @batch", new { batch }))
            .ShouldBe([("acme", "new", 2)]);
    }

    [Fact]
    public async Task The_last_page_ends_the_shard_and_no_further_one_is_taken()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());

        await AppendAsync(lease, TestPages.Page(0, [1], [], last: true));

        (await store.Pages.AppendAsync(lease, TestPages.Page(1, [2], []), default)).ShouldBeFalse();
        await using var connection = await store.DataSource.OpenConnectionAsync();
        (await ShardTable.WithoutOpenShardAsync(connection, [batch], default)).ShouldBe([batch]);
    }

    [Fact]
    public async Task An_append_that_waits_for_a_takeover_in_progress_is_refused()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await using var takeover = await connection.BeginTransactionAsync();
        await ShardTable.CloseAsync(connection, batch, default);

        var append = store.Pages.AppendAsync(lease, TestPages.Page(0, [1], []), default);
        await Eventually.Until("the append waits for the row", async () => await WaitersAsync() > 0);
        await takeover.CommitAsync();

        (await append).ShouldBeFalse();
        (await store.Pages.SizeAsync(batch, ResultKind.Output, default)).Lines.ShouldBe(0);
    }

    [Fact]
    public async Task After_a_take_the_committed_lines_are_known()
    {
        var batch = await store.NewBatchAsync(1);
        var owner = await store.NewInstanceAsync();
        var lease = await store.TakeOneAsync(batch, owner);
        await AppendAsync(lease, TestPages.Page(0, [1, 3], [2]));
        await AppendAsync(lease, TestPages.Page(1, [], [7]));

        var committed = await store.Pages.CommittedAsync(lease.Key, default);

        committed.Lines.ShouldBe([1, 2, 3, 7], ignoreOrder: true);
        committed.NextPage.ShouldBe(2);
    }

    [Fact]
    public async Task Recovery_finds_a_page_that_was_committed_and_keeps_the_shard()
    {
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), await store.NewInstanceAsync());
        await AppendAsync(lease, TestPages.Page(0, [1], []));

        var there = await store.Leases.RecoverAsync(lease, 0, default);
        var missing = await store.Leases.RecoverAsync(there.Lease!.Value, 1, default);

        there.ShouldBe(new(lease with { Epoch = lease.Epoch + 1 }, true));
        missing.ShouldBe(new(lease with { Epoch = lease.Epoch + 2 }, false));
        (await store.Pages.AppendAsync(lease, TestPages.Page(1, [2], []), default)).ShouldBeFalse();
        await AppendAsync(missing.Lease!.Value, TestPages.Page(1, [2], []));
    }

    [Fact]
    public async Task Recovery_may_be_repeated_after_its_own_answer_was_lost()
    {
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), await store.NewInstanceAsync());
        await store.Leases.RecoverAsync(lease, 0, default);

        var again = await store.Leases.RecoverAsync(lease, 0, default);

        again.Lease.ShouldBe(lease with { Epoch = lease.Epoch + 2 });
    }

    [Fact]
    public async Task Recovery_knows_that_the_last_page_ended_the_shard()
    {
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), await store.NewInstanceAsync());
        await AppendAsync(lease, TestPages.Page(0, [], [], last: true));

        (await store.Leases.RecoverAsync(lease, 0, default)).ShouldBe(new(lease, true));
    }

    [Fact]
    public async Task Recovery_finds_that_the_shard_was_lost()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await ShardTable.CloseAsync(connection, batch, default);

        (await store.Leases.RecoverAsync(lease, 0, default)).ShouldBe(new(null, false));
    }

    [Fact]
    public async Task Finalization_reports_the_lines_of_a_closed_shard_once()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await AppendAsync(lease, TestPages.Page(0, [1, 2], []));
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await ShardTable.CloseAsync(connection, batch, default);
        var closed = (await ShardTable.ClosedAsync(connection, batch, -1, 10, default)).ShouldHaveSingleItem();

        var body = "3\n4\n"u8.ToArray();
        (await store.Pages.AppendClosedAsync(closed, 1, [3, 4], body, [], false, default)).ShouldBeTrue();
        (await store.Pages.AppendClosedAsync(closed, 1, [3, 4], body, [], false, default)).ShouldBeFalse();

        (await ReadAsync(batch, ResultKind.Error)).ShouldBe("3\n4\n");
        var totals = (await ShardTable.TotalsAsync(connection, [batch], default))[batch];
        (totals.Completed, totals.Failed).ShouldBe((2, 2));
    }

    [Fact]
    public async Task A_large_file_streams_whole_and_can_be_deleted()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        for (var no = 0; no < 300; no++)
        {
            await AppendAsync(lease, Filled(no, 20_000));
        }

        var text = await ReadAsync(batch, ResultKind.Output);
        await store.Pages.DeleteAsync(batch, ResultKind.Output, default);

        text.Length.ShouldBe(300 * 20_000);
        (await ReadAsync(batch, ResultKind.Output)).ShouldBeEmpty();
    }

    private static ResultPage Filled(int no, int bytes)
    {
        var body = new byte[bytes];
        body.AsSpan().Fill((byte)('a' + (no % 26)));
        return new() { No = no, OutputLines = [no], Output = body, ErrorLines = [], Error = default };
    }

    private async Task AppendAsync(ShardLease lease, ResultPage page) =>
        (await store.Pages.AppendAsync(lease, page, default)).ShouldBeTrue();

    private async Task<string> ReadAsync(Guid batch, ResultKind kind)
    {
        await using var stream = store.Pages.OpenRead(batch, kind);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private async Task<long> WaitersAsync()
    {
        await using var command = store.DataSource.CreateCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
