using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>A row that cannot be published is put off, then buried, and stands in nobody's way.</summary>
public sealed class PoisonRowTests : DurableTest
{
    private static readonly (string, string)[] Impatient =
        [("Outbox:MaxAttempts", "3"), ("Outbox:BackOffMin", "00:00:00.010"), ("Outbox:BackOffMax", "00:00:00.050")];

    [Fact]
    public async Task A_row_that_makes_the_broker_close_the_channel_does_not_block_its_batch()
    {
        var host = await Cluster.StartAsync(settings: Impatient);
        await using var scope = host.Services.CreateAsyncScope();
        var bus = scope.ServiceProvider.GetRequiredService<IPublishEndpoint>();
        var poison = await scope.ServiceProvider.GetRequiredService<ISendEndpointProvider>()
            .GetSendEndpoint(new Uri("exchange:effect?type=direct"));
        for (var i = 0; i < 300; i++)
        {
            await bus.Publish(new WriteEffect { Text = "good" });
            if (i % 100 == 50)
            {
                await poison.Send(new WriteEffect { Text = "poison" });
            }
        }

        await scope.ServiceProvider.GetRequiredService<DurableDb>().SaveChangesAsync();

        await Cluster.WrittenAsync("good", 300);
        await Eventually.Until("the others are buried", async () => await Cluster.DeadAsync() == 3);
        await Cluster.EmptyAsync();
        (await Cluster.CountAsync(
            "SELECT count(*) FROM durable.outbox_dead WHERE attempts >= 3 AND last_error LIKE '%PRECONDITION_FAILED%'"))
            .ShouldBe(3);
    }

    [Theory]
    [InlineData("destination = 'no address'")]
    [InlineData("headers = 'no json'")]
    [InlineData("content_type = 'no type'")]
    public async Task A_damaged_row_is_buried_and_the_others_go_out(string damage)
    {
        var silent = await Cluster.StartAsync(outbox: o => o.DisableRelay());
        await PublishAsync(silent, "damaged", 1);
        await Cluster.Database.ExecuteAsync("UPDATE durable.outbox SET " + damage);
        await PublishAsync(silent, "good", 20);

        var host = await Cluster.StartAsync(DurableCluster.AddNoConsumers, settings: Impatient);
        using var buried = new Tally(DurableCluster.Metrics(host).Buried);

        await Cluster.WrittenAsync("good", 20);
        await Eventually.Until("the damaged one is buried", async () => await Cluster.DeadAsync() == 1);
        await Cluster.EmptyAsync();
        DurableCluster.Tries(silent).Of("damaged").ShouldBe(0);
    }

    [Fact]
    public async Task Rows_that_wait_for_their_queue_hold_up_no_fresh_row()
    {
        var host = await Cluster.StartAsync(settings: ("Outbox:BatchSize", "10"));
        await DurableCluster.SendAsync(
            host, "queue:missing", [.. Enumerable.Range(0, 50).Select(_ => new WriteEffect { Text = "missing" })]);
        await Eventually.Until("all were tried", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE attempts > 0") == 50);

        await PublishAsync(host, "fresh", 100);

        await Cluster.WrittenAsync("fresh", 100);
        await Eventually.Until("only they are left", async () => await Cluster.OutboxAsync() == 50);
        (await Cluster.DeadAsync()).ShouldBe(0);
    }

    /// <summary>A broker that cannot keep a message (nack) says nothing about the message.</summary>
    [Fact]
    public async Task Rows_that_a_full_queue_refuses_are_never_buried()
    {
        var broker = new ConnectionFactory { Uri = new Uri(Cluster.Vhost.Uri) };
        await using var connection = await broker.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("full", ExchangeType.Fanout, durable: true);
        var one = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["x-max-length"] = 1, ["x-overflow"] = "reject-publish",
        };
        await channel.QueueDeclareAsync("full", durable: true, exclusive: false, autoDelete: false, one);
        await channel.QueueBindAsync("full", "full", "");
        var host = await Cluster.StartAsync(settings: Impatient);

        await DurableCluster.SendAsync(
            host, "exchange:full", [.. Enumerable.Range(0, 3).Select(_ => new WriteEffect { Text = "many" })]);
        await Eventually.Until("two were refused more often than one may be", async () =>
            await Cluster.CountAsync("SELECT count(*) FROM durable.outbox WHERE attempts > 5") == 2);
        (await Cluster.DeadAsync()).ShouldBe(0);

        var taken = 0;
        await Eventually.Until("they go out as there is room", async () =>
        {
            taken += await channel.BasicGetAsync("full", autoAck: true) is null ? 0 : 1;
            return taken >= 3 && await Cluster.OutboxAsync() == 0;
        });
    }

    private static Task PublishAsync(IHost host, string text, int count) =>
        DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            Enumerable.Range(0, count).Select(_ => new WriteEffect { Text = text })));
}
