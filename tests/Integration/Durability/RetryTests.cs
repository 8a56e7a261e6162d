using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>Two tries for each delivery, one redelivery through the outbox, then the error queue.</summary>
public sealed class RetryTests : DurableTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_consumer_that_fails_at_first_succeeds_with_one_effect(int failures)
    {
        var host = await Cluster.StartAsync();

        await DurableCluster.CommitAsync(host, bus =>
            bus.Publish(new WriteEffect { Text = "failing", Failures = failures }));

        await Cluster.WrittenAsync("failing");
        await Cluster.EmptyAsync();
        DurableCluster.Tries(host).Of("failing").ShouldBe(failures + 1);
        (await Cluster.CountAsync("SELECT count(*) FROM durable.inbox")).ShouldBe(1);
    }

    [Fact]
    public async Task A_redelivered_message_is_known_by_its_first_id()
    {
        var host = await Cluster.StartAsync();
        using var duplicates = new Tally(DurableCluster.Metrics(host).Duplicates);
        var id = Guid.NewGuid();
        var message = new WriteEffect { Text = "known", Failures = 2 };
        await DurableCluster.CommitAsync(host, bus => bus.Publish(message, context => context.MessageId = id));
        await Cluster.WrittenAsync("known");

        await DurableCluster.CommitAsync(host, bus => bus.Publish(message, context => context.MessageId = id));

        await Eventually.Until("it was refused", () => duplicates.Sum == 1);
        (await Cluster.CountAsync($"SELECT count(*) FROM durable.effects WHERE message = '{id}'")).ShouldBe(1);
    }

    [Fact]
    public async Task A_consumer_that_always_fails_leaves_its_message_in_the_error_queue_and_no_effect()
    {
        var host = await Cluster.StartAsync();
        var id = Guid.NewGuid();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(
            new WriteEffect { Text = "hopeless", Failures = 1000 }, context => context.MessageId = id));

        var failed = await Eventually.Value("it is in the error queue", () => GetAsync("effect_error"));
        DurableCluster.Tries(host).Of("hopeless").ShouldBe(4);
        failed.BasicProperties.Headers!.Keys.ShouldContain("MT-Fault-Message");
        (await Cluster.EffectsAsync("hopeless")).ShouldBe(0);
        (await Cluster.CountAsync("SELECT count(*) FROM durable.inbox")).ShouldBe(0);
        DurableCluster.Tries(host).Of("written:hopeless").ShouldBe(0);
    }

    private async Task<BasicGetResult?> GetAsync(string queue)
    {
        var factory = new ConnectionFactory { Uri = new Uri(Cluster.Vhost.Uri) };
        await using var connection = await factory.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await channel.BasicGetAsync(queue, autoAck: true);
    }
}
