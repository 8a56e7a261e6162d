using Shouldly;
using Sluice.BatchStore.Shards;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

public sealed class ShardLeasesTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    [Fact]
    public async Task A_dispatched_shard_is_taken_once()
    {
        var batch = await store.NewBatchAsync(1);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());

        (await store.Leases.TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.AlreadyOurs);
    }

    [Fact]
    public async Task A_shard_of_another_owner_becomes_suspect_and_its_renewal_clears_that()
    {
        var (owner, other) = (await store.NewInstanceAsync(), await store.NewInstanceAsync());
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), owner);

        (await store.Leases.TakeAsync(lease with { Owner = other }, default)).Outcome.ShouldBe(TakeOutcome.Suspected);
        (await IsSuspectAsync(lease)).ShouldBeTrue();

        (await store.Leases.RenewAsync(owner, default)).ShouldBe([new OwnedShard(lease.Key, lease.Epoch, false)]);
        (await IsSuspectAsync(lease)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_fenced_instance_takes_nothing_and_cannot_renew()
    {
        var owner = await store.NewInstanceAsync();
        var batch = await store.NewBatchAsync(2);
        var held = await store.TakeOneAsync(batch, owner);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var next = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();
        await store.FenceAsync(owner);

        var take = await store.Leases.TakeAsync(new(new(batch, next.No), next.Epoch, owner), default);

        take.Outcome.ShouldBe(TakeOutcome.Fenced);
        (await store.Leases.RenewAsync(owner, default)).ShouldBeEmpty();
        (await store.Leases.TakeAsync(held with { Owner = await store.NewInstanceAsync() }, default))
            .Outcome.ShouldBe(TakeOutcome.Suspected);
    }

    [Fact]
    public async Task A_shard_of_a_paused_batch_is_not_taken_and_the_owner_of_one_in_hand_is_told()
    {
        var owner = await store.NewInstanceAsync();
        var batch = await store.NewBatchAsync(2);
        var held = await store.TakeOneAsync(batch, owner);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var next = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();
        var lease = new ShardLease(new(batch, next.No), next.Epoch, owner);
        await ValidationTable.PauseAsync(connection, batch, paused: true, default);

        (await store.Leases.TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.Paused);
        (await store.Leases.TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.Stale);
        (await store.Leases.RenewAsync(owner, default)).ShouldBe([new OwnedShard(held.Key, held.Epoch, true)]);
        (await store.ScalarAsync<string>(
            $"SELECT state || ' ' || cause FROM scheduler.shards WHERE batch_id = '{batch}' AND no = {next.No}"))
            .ShouldBe("0 paused");

        await ValidationTable.PauseAsync(connection, batch, paused: false, default);
        (await store.Leases.RenewAsync(owner, default)).ShouldBe([new OwnedShard(held.Key, held.Epoch, false)]);
        var resumed = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();
        (await store.Leases.TakeAsync(lease with { Epoch = resumed.Epoch }, default))
            .Outcome.ShouldBe(TakeOutcome.Taken);
    }

    [Fact]
    public async Task A_message_of_an_older_epoch_is_stale()
    {
        var owner = await store.NewInstanceAsync();
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), owner);

        (await store.Leases.ReleaseAsync(lease, new("test"), default)).ShouldBeTrue();

        (await store.Leases.TakeAsync(lease, default)).Outcome.ShouldBe(TakeOutcome.Stale);
        (await store.Leases.ReleaseAsync(lease, new("test"), default)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_released_shard_is_dispatched_again_with_the_next_epoch()
    {
        var owner = await store.NewInstanceAsync();
        var batch = await store.NewBatchAsync(1);
        var first = await store.TakeOneAsync(batch, owner);
        await store.Leases.ReleaseAsync(first, new("test"), default);

        var second = await store.TakeOneAsync(batch, owner);

        second.ShouldBe(first with { Epoch = first.Epoch + 1 });
    }

    [Fact]
    public async Task Taking_tells_what_to_run_and_counts_attempts()
    {
        var owner = await store.NewInstanceAsync();
        var batch = await store.NewBatchAsync(1);
        await store.Leases.ReleaseAsync(await store.TakeOneAsync(batch, owner), new("test"), default);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var again = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();

        var take = await store.Leases.TakeAsync(new(new(batch, 0), again.Epoch, owner), default);

        var range = take.Range.ShouldNotBeNull();
        (range.FirstLine, range.Lines, range.ByteOffset, range.ByteLength, range.Attempt).ShouldBe((1, 10, 0, 100, 2));
    }

    private async Task<bool> IsSuspectAsync(ShardLease lease)
    {
        await using var command = store.DataSource.CreateCommand(
            "SELECT suspect AND suspected_at IS NOT NULL FROM scheduler.shards WHERE batch_id = $1 AND no = $2");
        command.Parameters.Add(new() { Value = lease.Key.BatchId });
        command.Parameters.Add(new() { Value = lease.Key.No });
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
