using System.Diagnostics;
using MassTransit;
using MassTransit.Logging;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Sluice.TestKit;
using Sluice.Tests.Integration.Durability.Messages;
using Sluice.Tests.Integration.Durability.Sample;
using Xunit;

namespace Sluice.Tests.Integration.Durability;

/// <summary>What belongs to a message besides its body comes out of the outbox as it went in.</summary>
public sealed class MessageContextTests : DurableTest
{
    [Fact]
    public async Task Ids_and_headers_survive_the_outbox()
    {
        var host = await Cluster.StartAsync();
        var (message, correlation, conversation) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "ids" }, context =>
        {
            context.MessageId = message;
            context.CorrelationId = correlation;
            context.ConversationId = conversation;
            context.Headers.Set("x-text", "ä\"\\\u0000");
            context.Headers.Set("x-number", 42L);
            context.Headers.Set("x-flag", true);
        }));

        await Eventually.Until("the answer arrived", () => DurableCluster.Tries(host).Of("written:ids") == 1);
        var seen = DurableCluster.Tries(host).Seen("ids");
        (seen.MessageId, seen.CorrelationId, seen.ConversationId).ShouldBe((message, correlation, conversation));
        seen.Headers["x-text"].ShouldBe("ä\"\\\u0000");
        seen.Headers["x-number"].ToString().ShouldBe("42");
        seen.Headers["x-flag"].ToString().ShouldBe("True");
        var answer = DurableCluster.Tries(host).Seen("written:ids");
        (answer.ConversationId, answer.InitiatorId).ShouldBe((conversation, correlation));
        answer.SourceAddress!.AbsolutePath.ShouldEndWith("/effect");
    }

    [Fact]
    public async Task A_trace_continues_through_both_outboxes()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DiagnosticHeaders.DefaultListenerName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        var host = await Cluster.StartAsync();
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(new WriteEffect { Text = "traced" }));

        request.Stop();
        await Eventually.Until("the answer arrived", () => DurableCluster.Tries(host).Of("written:traced") == 1);
        DurableCluster.Tries(host).Seen("traced").TraceId.ShouldBe(request.TraceId.ToHexString());
        DurableCluster.Tries(host).Seen("written:traced").TraceId.ShouldBe(request.TraceId.ToHexString());
    }

    [Fact]
    public async Task Without_a_trace_a_message_starts_its_own()
    {
        var host = await Cluster.StartAsync();
        Activity.Current = null;

        await DurableCluster.CommitAsync(host, bus => bus.PublishBatch(
            [new WriteEffect { Text = "first" }, new WriteEffect { Text = "second" }]));

        await Cluster.WrittenAsync("first");
        await Cluster.WrittenAsync("second");
        var first = DurableCluster.Tries(host).Seen("first").TraceId;
        (first is null || first != DurableCluster.Tries(host).Seen("second").TraceId).ShouldBeTrue();
    }

    [Fact]
    public async Task The_priority_of_a_message_survives()
    {
        var host = await Cluster.StartAsync();

        await DurableCluster.CommitAsync(host, bus => bus.Publish(
            new WriteEffect { Text = "urgent" }, context => context.TrySetPriority(7)));

        // What a consumer sends inherits the priority of what it consumes.
        await Eventually.Until("the answer arrived", () => DurableCluster.Tries(host).Of("written:urgent") == 1);
        DurableCluster.Tries(host).Seen("urgent").Priority.ShouldBe((byte)7);
        DurableCluster.Tries(host).Seen("written:urgent").Priority.ShouldBe((byte)7);
    }

    [Fact]
    public async Task A_request_is_answered_through_the_outbox()
    {
        var host = await Cluster.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var client = scope.ServiceProvider.GetRequiredService<IClientFactory>().CreateRequestClient<Ask>();

        var answer = await client.GetResponse<Answer>(new Ask { Text = "asked" });

        answer.Message.Text.ShouldBe("asked");
        (await Cluster.EffectsAsync("asked")).ShouldBe(1);
    }
}
