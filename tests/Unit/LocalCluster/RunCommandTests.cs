using Shouldly;
using Sluice.LocalCluster.Commands;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class RunCommandTests
{
    [Theory]
    [InlineData("run --exit --detach")]
    [InlineData("run --stop --status")]
    [InlineData("run --port 0")]
    [InlineData("run --port 70000")]
    [InlineData("run --port x")]
    [InlineData("run --workers -1")]
    [InlineData("run --gateways 0")]
    [InlineData("run --nonsense")]
    public void What_cannot_be_meant_is_refused(string line) =>
        RootCommands.Create().Parse(line).Errors.ShouldNotBeEmpty();

    [Theory]
    [InlineData("run")]
    [InlineData("run --no-demo --detach --port 9000 --gateways 2 --streaming 2 --workers 4 --schedulers 2 --data /x")]
    [InlineData("run --exit --no-restart")]
    [InlineData("run --exit --no-demo")]
    [InlineData("run --stop --data /x")]
    [InlineData("servers --data /x")]
    public void What_can_be_meant_is_taken(string line) =>
        RootCommands.Create().Parse(line).Errors.ShouldBeEmpty();

    [Fact]
    public void The_run_in_the_background_has_the_same_settings_and_no_demo()
    {
        var settings = new RunSettings { DataDirectory = "/x", Port = 9000, Workers = 3, Restart = false };

        var line = string.Join(' ', settings.InBackground());

        line.ShouldBe(
            "run --no-demo --data /x --port 9000 --gateways 1 --streaming 1 --workers 3 --schedulers 1 --no-restart");
        RootCommands.Create().Parse(line).Errors.ShouldBeEmpty();
    }
}
