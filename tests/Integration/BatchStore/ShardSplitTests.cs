using Dapper;
using Npgsql;
using Shouldly;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

/// <summary>Shards of <see cref="BatchStoreFixture.NewBatchAsync"/>: 10 lines and 100 bytes each.</summary>
public sealed class ShardSplitTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    private static readonly ShardSplit AfterFour = new(4, 40, 5);

    [Fact]
    public async Task A_split_moves_lines_and_bytes_to_a_new_shard_and_loses_none()
    {
        var batch = await store.NewBatchAsync(2);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());

        (await store.Leases.SplitAsync(lease, Range(lease), AfterFour, default)).ShouldBeTrue();

        (await RowsAsync(batch)).ShouldBe(
        [
            (0, ShardState.Running, 1, 4, 0, 40),
            (1, ShardState.Ready, 11, 10, 100, 100),
            (2, ShardState.Ready, 5, 6, 40, 60),
        ]);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var totals = (await ShardTable.TotalsAsync(connection, [batch], default))[batch];
        (totals.Shards, totals.Open, totals.Lines).ShouldBe((3, 3, 20));
    }

    [Fact]
    public async Task Repeating_a_split_whose_answer_was_lost_changes_nothing()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await store.Leases.SplitAsync(lease, Range(lease), AfterFour, default);

        (await store.Leases.SplitAsync(lease, Range(lease), AfterFour, default)).ShouldBeTrue();

        (await RowsAsync(batch)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_batch_none_of_whose_lines_gets_a_result_never_has_more_shards_than_lines()
    {
        var batch = await store.NewBatchAsync(1);
        var owner = await store.NewInstanceAsync();

        // As often as it can be, each time as unevenly as it can be; the first line alone is left to every shard.
        for (var rest = 10; rest > 1; rest--)
        {
            var lease = await store.TakeOneAsync(batch, owner);
            var first = 11 - rest;
            var range = new ShardRange(
                lease.Key, lease.Epoch, Guid.Empty, first, rest, (first - 1) * 10, rest * 10, 1);
            (await store.Leases.SplitAsync(lease, range, new(1, 10, first + 1), default)).ShouldBeTrue();
        }

        var last = await store.TakeOneAsync(batch, owner);
        foreach (var lines in new[] { 0, 1 })
        {
            var one = new ShardRange(last.Key, last.Epoch, Guid.Empty, 10, 1, 90, 10, 1);
            await Should.ThrowAsync<ArgumentOutOfRangeException>(
                () => store.Leases.SplitAsync(last, one, new(lines, lines * 10, 11), default));
        }

        (await RowsAsync(batch)).Select(row => row.Lines).ShouldBe(Enumerable.Repeat(1, 10));
    }

    [Fact]
    public async Task A_shard_that_is_not_ours_any_more_is_not_split()
    {
        var batch = await store.NewBatchAsync(1);
        var owner = await store.NewInstanceAsync();
        var lease = await store.TakeOneAsync(batch, owner);

        (await store.Leases.SplitAsync(lease with { Epoch = 7 }, Range(lease), AfterFour, default)).ShouldBeFalse();
        await store.FenceAsync(owner);
        (await store.Leases.SplitAsync(lease, Range(lease), AfterFour, default)).ShouldBeFalse();

        (await RowsAsync(batch)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Results_of_a_split_shard_stay_in_the_order_of_the_input()
    {
        var batch = await store.NewBatchAsync(2);
        var owner = await store.NewInstanceAsync();
        var first = await store.TakeOneAsync(batch, owner);
        await store.Leases.SplitAsync(first, Range(first), AfterFour, default);
        var (second, rest) = (await store.TakeOneAsync(batch, owner), await store.TakeOneAsync(batch, owner));
        rest.Key.No.ShouldBe(2);

        await AppendAsync(rest, TestPages.Page(0, [5], []));
        await AppendAsync(rest, TestPages.Page(1, [6], [], last: true));
        await AppendAsync(second, TestPages.Page(0, [11], [], last: true));
        await AppendAsync(first, TestPages.Page(0, [1], [], last: true));

        using var reader = new StreamReader(store.Pages.OpenRead(batch, ResultKind.Output));
        (await reader.ReadToEndAsync()).ShouldBe("1\n5\n6\n11\n");
    }

    [Fact]
    public async Task A_batch_that_is_closed_while_a_shard_is_split_has_no_open_shard()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await using var one = await store.DataSource.OpenConnectionAsync();
        await using var other = await store.DataSource.OpenConnectionAsync();
        await using var splitting = await one.BeginTransactionAsync();
        await one.ExecuteAsync(
            """
            UPDATE scheduler.shards SET lines = 4, byte_length = 40 WHERE batch_id = @batch;
            INSERT INTO scheduler.shards (batch_id, no, blob_id, first_line, lines, byte_offset, byte_length)
            VALUES (@batch, 1, @batch, 5, 6, 40, 60)
            """,
            new { batch });

        var closing = ShardTable.CloseAsync(other, batch, default);
        await Eventually.Until("the close waits for the split", async () => await store.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"));
        await splitting.CommitAsync();

        (await closing).ShouldBe(2);
        (await RowsAsync(batch)).ShouldAllBe(row => row.State == ShardState.Closed);
        (await store.Leases.SplitAsync(lease, Range(lease), AfterFour, default)).ShouldBeTrue("it was split before");
    }

    [Fact]
    public async Task Two_splits_of_a_batch_at_once_get_numbers_of_their_own()
    {
        var batch = await store.NewBatchAsync(8);
        var owner = await store.NewInstanceAsync();
        var leases = new List<ShardLease>();
        for (var i = 0; i < 8; i++)
        {
            leases.Add(await store.TakeOneAsync(batch, owner));
        }

        await Task.WhenAll(leases.Select(SplitAsync));

        var rows = await RowsAsync(batch);
        rows.Select(row => row.No).ShouldBe(Enumerable.Range(0, 16));
        rows.Sum(row => row.Lines).ShouldBe(80);
    }

    private async Task SplitAsync(ShardLease lease)
    {
        var first = 1 + (lease.Key.No * 10);
        var range = new ShardRange(lease.Key, lease.Epoch, Guid.Empty, first, 10, lease.Key.No * 100, 100, 1);
        while (true)
        {
            try
            {
                (await store.Leases.SplitAsync(lease, range, new(4, 40, first + 4), default)).ShouldBeTrue();
                return;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                continue;
            }
        }
    }

    private static ShardRange Range(ShardLease lease) => new(lease.Key, lease.Epoch, Guid.Empty, 1, 10, 0, 100, 1);

    private async Task AppendAsync(ShardLease lease, ResultPage page) =>
        (await store.Pages.AppendAsync(lease, page, default)).ShouldBeTrue();

    private async Task<List<(int No, ShardState State, long First, int Lines, long Offset, long Length)>> RowsAsync(
        Guid batch)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync();
        return [.. (await connection.QueryAsync<(int, short, long, int, long, long)>(
            """
            SELECT no, state, first_line, lines, byte_offset, byte_length FROM scheduler.shards
            WHERE batch_id = @batch ORDER BY no
            """,
            new { batch })).Select(r => (r.Item1, (ShardState)r.Item2, r.Item3, r.Item4, r.Item5, r.Item6))];
    }
}
