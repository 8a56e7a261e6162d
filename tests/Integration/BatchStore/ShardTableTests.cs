using Dapper;
using Npgsql;
using Shouldly;
using Sluice.BatchStore.Shards;
using Xunit;

namespace Sluice.Tests.Integration.BatchStore;

public sealed class ShardTableTests(BatchStoreFixture store) : IClassFixture<BatchStoreFixture>
{
    [Fact]
    public async Task A_validation_that_was_overtaken_inserts_nothing()
    {
        var batch = Guid.CreateVersion7();
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var old = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
        var current = (await ValidationTable.TakeAsync(connection, batch, "acme", null, default)).ShouldNotBeNull();
        ShardCut[] cuts = [new(0, 1, 5, 0, 50)];

        (await ShardTable.InsertAsync(connection, new(batch, Guid.NewGuid(), old), cuts, default)).ShouldBeFalse();
        (await ShardTable.InsertAsync(connection, new(batch, Guid.NewGuid(), current), cuts, default)).ShouldBeTrue();
        (await ShardTable.InsertAsync(connection, new(batch, Guid.NewGuid(), current), cuts, default)).ShouldBeTrue();

        (await TotalsAsync(connection, batch)).Shards.ShouldBe(1);
        (await ValidationTable.HoldAsync(connection, batch, old, default)).ShouldBeFalse();
        (await ValidationTable.HoldAsync(connection, batch, current, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task Two_rounds_never_claim_the_same_shard()
    {
        var batch = await store.NewBatchAsync(10);
        await using var one = await store.DataSource.OpenConnectionAsync();
        await using var two = await store.DataSource.OpenConnectionAsync();
        await using var open = await one.BeginTransactionAsync();

        var first = await ShardTable.ClaimReadyAsync(one, batch, 6, ShardClass.Normal, default);
        var second = await ShardTable.ClaimReadyAsync(two, batch, 6, ShardClass.Normal, default);
        await open.CommitAsync();

        first.Select(s => s.No).ShouldBe([0, 1, 2, 3, 4, 5], ignoreOrder: true);
        second.Select(s => s.No).ShouldBe([6, 7, 8, 9], ignoreOrder: true);
    }

    [Fact]
    public async Task Closing_ends_every_open_shard_and_its_pages_are_refused()
    {
        var batch = await store.NewBatchAsync(3);
        var lease = await store.TakeOneAsync(batch, await store.NewInstanceAsync());
        await using var connection = await store.DataSource.OpenConnectionAsync();

        (await ShardTable.CloseAsync(connection, batch, default)).ShouldBe(3);

        (await store.Pages.AppendAsync(lease, TestPages.Page(0, [1], []), default)).ShouldBeFalse();
        (await ShardTable.WithoutOpenShardAsync(connection, [batch], default)).ShouldBe([batch]);
        (await ShardTable.CloseAsync(connection, batch, default)).ShouldBe(0);
    }

    [Fact]
    public async Task Shards_of_dead_owners_go_back_and_those_of_living_ones_stay()
    {
        var batch = await store.NewBatchAsync(2);
        var (dead, living) = (await store.NewInstanceAsync(), await store.NewInstanceAsync());
        var lost = await store.TakeOneAsync(batch, dead);
        var kept = await store.TakeOneAsync(batch, living);
        await using var connection = await store.DataSource.OpenConnectionAsync();

        (await ShardTable.ResetOwnersAsync(connection, [dead], default)).ShouldBe(1);

        (await store.Pages.AppendAsync(lost, TestPages.Page(0, [1], []), default)).ShouldBeFalse();
        (await store.Pages.AppendAsync(kept, TestPages.Page(0, [11], []), default)).ShouldBeTrue();
        var again = await ShardTable.ClaimReadyAsync(connection, batch, 9, ShardClass.Normal, default);
        again.Single().Epoch.ShouldBe(lost.Epoch + 1);
    }

    [Fact]
    public async Task A_suspect_goes_back_only_after_the_patience()
    {
        var lease = await store.TakeOneAsync(await store.NewBatchAsync(1), await store.NewInstanceAsync());
        await store.Leases.TakeAsync(lease with { Owner = await store.NewInstanceAsync() }, default);
        await using var connection = await store.DataSource.OpenConnectionAsync();

        (await ShardTable.ResetSuspectsAsync(connection, TimeSpan.FromMinutes(1), default)).ShouldBe(0);
        (await ShardTable.ResetSuspectsAsync(connection, TimeSpan.Zero, default)).ShouldBe(1);

        (await store.Leases.RenewAsync(lease.Owner, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_shard_whose_message_was_lost_is_dispatched_again_and_a_late_message_is_stale()
    {
        var batch = await store.NewBatchAsync(1);
        await using var connection = await store.DataSource.OpenConnectionAsync();
        var late = (await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default)).Single();
        await connection.ExecuteAsync(
            "UPDATE scheduler.shards SET changed_at = now() - interval '1 hour' WHERE batch_id = @batch",
            new { batch });

        (await ResetLostAsync(connection)).ShouldBe(1);

        var owner = await store.NewInstanceAsync();
        var take = await store.Leases.TakeAsync(new(new(batch, 0), late.Epoch, owner), default);
        take.Outcome.ShouldBe(TakeOutcome.Stale);
    }

    [Fact]
    public async Task Totals_are_the_sums_of_the_pages()
    {
        var batch = await store.NewBatchAsync(2);
        var owner = await store.NewInstanceAsync();
        var (one, two) = (await store.TakeOneAsync(batch, owner), await store.TakeOneAsync(batch, owner));
        await store.Pages.AppendAsync(one, TestPages.Page(0, [1, 2, 3], [4], last: true), default);
        await store.Pages.AppendAsync(two, TestPages.Page(0, [11], []), default);
        await using var connection = await store.DataSource.OpenConnectionAsync();

        (await TotalsAsync(connection, batch)).ShouldBe(new ShardTotals(batch, 2, 1, 20, 4, 1, 50, 100));
    }

    [Fact]
    public async Task Slow_shards_of_the_same_class_put_a_lost_message_off_for_a_while_and_others_not_at_all()
    {
        var (slow, batch) = (await store.NewBatchAsync(1), await store.NewBatchAsync(1));
        await store.TakeOneAsync(slow, await store.NewInstanceAsync());
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await AgeAsync(slow, "40 minutes");
        await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.High, default);
        await AgeAsync(batch, "61 seconds");
        (await ResetLostAsync(connection)).ShouldBe(1, "what runs slowly is of another class");

        await ShardTable.ClaimReadyAsync(connection, batch, 1, ShardClass.Normal, default);
        await AgeAsync(batch, "170 seconds");
        (await ResetLostAsync(connection)).ShouldBe(0, "its message may wait for a worker");
        await AgeAsync(batch, "11 seconds");
        (await ResetLostAsync(connection)).ShouldBe(1);
        await store.ExecuteAsync(
            "UPDATE scheduler.shards SET state = 3, owner = NULL WHERE batch_id = @slow", new { slow });

        Task AgeAsync(Guid of, string by) => store.ExecuteAsync(
            "UPDATE scheduler.shards SET changed_at = changed_at - @by::interval WHERE batch_id = @of", new { of, by });
    }

    private static Task<int> ResetLostAsync(NpgsqlConnection connection) => ShardTable.ResetDispatchedAsync(
        connection, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), default);

    private static async Task<ShardTotals> TotalsAsync(NpgsqlConnection connection, Guid batch) =>
        (await ShardTable.TotalsAsync(connection, [batch], default))[batch];
}
