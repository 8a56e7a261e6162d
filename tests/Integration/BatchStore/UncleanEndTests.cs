using Dapper;
using Shouldly;
using Sluice.BatchStore.Shards;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

/// <summary>What counts against a shard, and what does not.</summary>
public sealed class UncleanEndTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    private Guid _owner;

    [Fact]
    public async Task The_death_of_a_worker_counts_unless_a_page_was_committed_since_the_shard_was_taken()
    {
        var batch = await store.NewBatchAsync(1);
        await DieAsync(await TakeAsync(batch));
        var progressing = await TakeAsync(batch);
        await store.Pages.AppendAsync(progressing, TestPages.Page(0, [1], []), default);
        await DieAsync(progressing);
        await DieAsync(await TakeAsync(batch));

        (await RangeAsync(batch)).UncleanEnds.ShouldBe(2);
    }

    [Fact]
    public async Task A_hand_back_counts_as_a_failure_only_if_it_was_one_and_a_page_forgives()
    {
        var batch = await store.NewBatchAsync(1);
        await store.Leases.ReleaseAsync(await TakeAsync(batch), new("worker_draining"), default);
        await store.Leases.ReleaseAsync(await TakeAsync(batch), new("error: x") { IsFailure = true }, default);
        var range = await RangeAsync(batch);
        (range.UncleanEnds, range.Failures).ShouldBe((0, 1));

        await store.Pages.AppendAsync(Lease(range), TestPages.Page(0, [1], []), default);
        await DieAsync(Lease(range));

        (await RangeAsync(batch)).Failures.ShouldBe(0);
    }

    [Fact]
    public async Task The_line_in_hand_when_its_process_ended_is_known_and_counted_until_another_is_tried()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await TakeAsync(batch);
        (await store.Leases.TryLineAsync(lease, 3, default)).ShouldBeTrue();
        await store.Pages.AppendAsync(lease, TestPages.Page(0, [3], []), default);
        (await store.Leases.TryLineAsync(lease, 4, default)).ShouldBeTrue();
        await DieAsync(lease);
        var range = await RangeAsync(batch);
        (range.TrialLine, range.TrialEnds).ShouldBe((4, 1));
        await store.Leases.TryLineAsync(Lease(range), 4, default);
        await DieAsync(Lease(range));
        range = await RangeAsync(batch);
        (range.TrialLine, range.TrialEnds).ShouldBe((4, 2));

        // Between two lines nothing is in hand.
        await DieAsync(Lease(range));
        range = await RangeAsync(batch);
        range.TrialEnds.ShouldBe(2);
        await store.Leases.TryLineAsync(Lease(range), 5, default);
        await DieAsync(Lease(range));

        range = await RangeAsync(batch);
        (range.TrialLine, range.TrialEnds).ShouldBe((5, 1));
    }

    [Fact]
    public async Task What_is_put_off_is_not_claimed_before_it_is_due()
    {
        var batch = await store.NewBatchAsync(1);
        await store.Leases.ReleaseAsync(
            await TakeAsync(batch), new("provider_down") { After = TimeSpan.FromHours(1), ParkedBy = "p" }, default);
        await using var connection = await store.DataSource.OpenConnectionAsync();

        (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).ShouldBeEmpty();

        await connection.ExecuteAsync(
            "UPDATE scheduler.shards SET ready_after = clock_timestamp() WHERE batch_id = @batch", new { batch });
        (await RangeAsync(batch)).Parks.ShouldBe(1);
    }

    private async Task<ShardLease> TakeAsync(Guid batch) =>
        await store.TakeOneAsync(batch, await store.NewInstanceAsync());

    private async Task DieAsync(ShardLease lease)
    {
        await store.FenceAsync(lease.Owner);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        (await ShardTable.ResetOwnersAsync(connection, [lease.Owner], default)).ShouldBe(1);
    }

    /// <summary>Takes the shard and tells what is known of it.</summary>
    private async Task<ShardRange> RangeAsync(Guid batch)
    {
        _owner = await store.NewInstanceAsync();
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var claimed = await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default);
        var shard = claimed.ShouldHaveSingleItem();
        return (await store.Leases.TakeAsync(new(new(batch, shard.No), shard.Epoch, _owner), default))
            .Range.ShouldNotBeNull();
    }

    private ShardLease Lease(ShardRange range) => new(range.Key, range.Epoch, _owner);
}
