using Shouldly;
using Sluice.Durability.Messaging;
using Xunit;

namespace Sluice.Tests.Unit.Durability;

public sealed class MessagingOptionsTests
{
    [Theory]
    [InlineData("rabbit-2:5672")]
    [InlineData("10.0.0.2:5673")]
    [InlineData("[::1]:5672")]
    public void A_node_is_a_host_with_its_port(string node) =>
        new MessagingOptionsValidator().Validate(null, new() { Nodes = [node] }).Succeeded.ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData("rabbit-2")]
    [InlineData("rabbit-2:")]
    [InlineData("rabbit-2:0")]
    [InlineData("rabbit-2:99999")]
    [InlineData("amqp://rabbit-2:5672")]
    [InlineData("guest:guest@rabbit-2:5672")]
    [InlineData("rabbit-2:5672/")]
    [InlineData("rabbit-2:5672,rabbit-3:5672")]
    public void Anything_else_is_refused_by_name(string node) =>
        new MessagingOptionsValidator().Validate(null, new() { Nodes = [node] })
            .FailureMessage!.ShouldContain($"Messaging:Nodes: '{node}'");
}
