using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shouldly;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Changes and messages of one unit of work are stored together or not at all, however it fails.</summary>
public sealed class OutboxTransactionTests : DurableTest
{
    [Fact]
    public async Task A_failed_save_sends_nothing_and_its_repetition_sends_once()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await using var scope = host.Services.CreateAsyncScope();
        var db = await AddAsync(scope, "taken");
        await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync());
        (await Cluster.OutboxAsync()).ShouldBe(0);
        await Cluster.Database.ExecuteAsync("DELETE FROM durable.effects");

        await db.SaveChangesAsync();

        (await Cluster.EffectsAsync("taken"), await Cluster.OutboxAsync()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_failed_commit_stores_nothing_and_its_repetition_stores_both()
    {
        var host = await StartWithUniqueEffectsAsync("DEFERRABLE INITIALLY DEFERRED");
        await using var scope = host.Services.CreateAsyncScope();
        var db = await AddAsync(scope, "taken");
        await Should.ThrowAsync<Exception>(() => db.SaveChangesAsync());
        (await Cluster.OutboxAsync()).ShouldBe(0);
        await Cluster.Database.ExecuteAsync("DELETE FROM durable.effects");

        await db.SaveChangesAsync();

        (await Cluster.EffectsAsync("taken"), await Cluster.OutboxAsync()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_synchronous_save_keeps_changes_and_messages_together_as_well()
    {
        var host = await StartWithUniqueEffectsAsync("DEFERRABLE INITIALLY DEFERRED");
        await using var scope = host.Services.CreateAsyncScope();
        var db = await AddAsync(scope, "taken");
        Should.Throw<Exception>(() => Save(db));
        (await Cluster.OutboxAsync()).ShouldBe(0);
        await Cluster.Database.ExecuteAsync("DELETE FROM durable.effects");

        Save(db);

        (await Cluster.EffectsAsync("taken"), await Cluster.OutboxAsync()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_lost_update_sends_nothing_and_its_repetition_sends_once()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await using var scope = host.Services.CreateAsyncScope();
        var db = await AddAsync(scope, "new");
        var taken = await db.Effects.SingleAsync(effect => effect.Text == "taken");
        db.Remove(taken);
        await Cluster.Database.ExecuteAsync("DELETE FROM durable.effects");
        await Should.ThrowAsync<DbUpdateConcurrencyException>(() => db.SaveChangesAsync());
        (await Cluster.OutboxAsync()).ShouldBe(0);
        db.Entry(taken).State = EntityState.Detached;

        await db.SaveChangesAsync();

        (await Cluster.EffectsAsync("new"), await Cluster.OutboxAsync()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task A_rolled_back_message_does_not_come_back_with_a_later_save()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        await using (await db.Database.BeginTransactionAsync())
        {
            await bus.Publish(new WriteEffect { Text = "rolled-back" });
            await db.SaveChangesAsync();
        }

        await AddAsync(scope, "taken");
        await Should.ThrowAsync<DbUpdateException>(() => db.SaveChangesAsync());
        await Cluster.Database.ExecuteAsync("DELETE FROM durable.effects");
        await db.SaveChangesAsync();

        (await Cluster.OutboxAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task Thousands_of_messages_are_stored_all_or_none()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await Cluster.Database.ExecuteAsync(
            "ALTER TABLE durable.outbox ADD CHECK (position('refused' IN encode(body, 'escape')) = 0)");
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        await bus.PublishBatch(Enumerable.Range(1, 2500).Select(i => new WriteEffect { Text = $"many {i}" }));
        await bus.Publish(new WriteEffect { Text = "refused" });
        await Should.ThrowAsync<PostgresException>(() => db.SaveChangesAsync());
        (await Cluster.OutboxAsync()).ShouldBe(0);
        await Cluster.Database.ExecuteAsync("ALTER TABLE durable.outbox DROP CONSTRAINT outbox_body_check");

        await db.SaveChangesAsync();

        (await Cluster.OutboxAsync()).ShouldBe(2501);
    }

    [Fact]
    public async Task A_refused_message_takes_the_changes_with_it_and_its_repetition_stores_both()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await Cluster.Database.ExecuteAsync("ALTER TABLE durable.outbox ADD CONSTRAINT refused CHECK (false)");
        await using var scope = host.Services.CreateAsyncScope();
        var db = await AddAsync(scope, "new");
        await Should.ThrowAsync<Exception>(() => db.SaveChangesAsync());
        (await Cluster.EffectsAsync("new")).ShouldBe(0);
        await Cluster.Database.ExecuteAsync("ALTER TABLE durable.outbox DROP CONSTRAINT refused");

        await db.SaveChangesAsync();

        (await Cluster.EffectsAsync("new"), await Cluster.OutboxAsync()).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Changes_that_come_to_no_statement_keep_no_message_back()
    {
        var host = await StartWithUniqueEffectsAsync("");
        await using var scope = host.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
        var effect = await db.Effects.SingleAsync();
        effect.Message = Guid.NewGuid();
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new WriteEffect { Text = "alone" });

        await db.SaveChangesAsync();

        (await Cluster.OutboxAsync()).ShouldBe(1);
    }

    /// <summary>No relay, so that stored messages can be counted, and one effect that is there already.</summary>
    private async Task<IHost> StartWithUniqueEffectsAsync(string deferral)
    {
        await Cluster.Database.ExecuteAsync($"""
            ALTER TABLE durable.effects ADD CONSTRAINT one_text UNIQUE (text) {deferral};
            INSERT INTO durable.effects (message, text) VALUES (gen_random_uuid(), 'taken')
            """);
        return await Cluster.StartAsync(DurableCluster.AddNoConsumers, outbox: o => o.DisableRelay());
    }

    private static void Save(DurableDb db) => db.SaveChanges();

    private static async Task<DurableDb> AddAsync(AsyncServiceScope scope, string text)
    {
        var db = scope.ServiceProvider.GetRequiredService<DurableDb>();
        db.Effects.Add(new Effect { Message = Guid.NewGuid(), Text = text });
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        await bus.Publish(new WriteEffect { Text = text });
        return db;
    }
}
