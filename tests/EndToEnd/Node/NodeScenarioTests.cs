using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Node;

/// <summary>
/// The official npm client against the whole of Sluice; what is checked stands in tests/node/scenarios.
/// </summary>
public sealed class NodeScenarioTests(SluiceFixture sluice)
{
    public static TheoryData<string> Scenarios => [.. NodeProject.Scenarios];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task The_official_npm_client_gets_what_it_expects(string scenario) =>
        NodeProject.RunAsync(scenario, sluice.Urls, TestKeys.Dev);
}
