using System.Text.Json;
using RabbitMQ.Client;
using Shouldly;
using Sluice.Durability.Outbox;
using Xunit;

namespace Sluice.Tests.Unit.DeadLetters;

public sealed class WireHeadersTests
{
    [Fact]
    public void Every_kind_of_header_and_property_is_kept()
    {
        var stored = WireHeaders.Write(new BasicProperties
        {
            CorrelationId = "0197c2a4-b8e0-7c7a-9e1f-5d3b2a190807",
            Priority = 7,
            Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["text"] = "späť \0"u8.ToArray(),
                ["long"] = 17L,
                ["flag"] = true,
                ["double"] = 0.5,
                ["not"] = double.NaN,
                ["none"] = null,
                ["time"] = new AmqpTimestamp(1_700_000_000),
                ["x-death"] = new List<object?>
                {
                    new Dictionary<string, object?>(StringComparer.Ordinal) { ["queue"] = "q"u8.ToArray() },
                },
            },
        });

        stored.ShouldBe(
            """
            {"correlationId":"0197c2a4-b8e0-7c7a-9e1f-5d3b2a190807","h":{"text":"späť \u0000","long":17,"flag":true,
            """ +
            """
            "double":0.5,"not":"NaN","none":null,"time":1700000000,"x-death":[{"queue":"q"}]},"p":{"RMQ-Priority":7}}
            """);
    }

    [Fact]
    public void A_replay_starts_anew_and_names_the_letter()
    {
        const string Stored =
            """
            {"correlationId":"c","h":{"team":"blue","MT-Fault-Message":"m","MT-Reason":"fault","MT-Redelivery-Count":3,
            "x-death":[1],"x-delivery-count":2,"list":[1],"letter":"old","MT-Activity-Id":"00-a"},"p":{"RMQ-Priority":7}}
            """;

        var replay = JsonDocument.Parse(WireHeaders.ForReplay(Stored, "letter", "new")).RootElement;

        replay.GetProperty("h").GetRawText().ShouldBe("""{"team":"blue","MT-Activity-Id":"00-a","letter":"new"}""");
        replay.GetProperty("mandatory").GetBoolean().ShouldBeTrue();
        replay.GetProperty("p").GetRawText().ShouldBe("""{"RMQ-Priority":7}""");
        replay.GetProperty("correlationId").GetString().ShouldBe("c");
    }
}
