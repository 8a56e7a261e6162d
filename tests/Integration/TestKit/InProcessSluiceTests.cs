using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.TestKit;

public sealed class InProcessSluiceTests
{
    [Fact]
    public async Task The_four_hosts_serve_together_in_the_test_process()
    {
        await using var sluice = await InProcessSluice.StartAsync();

        var models = await sluice.Client.GetFromJsonAsync<JsonNode>(new Uri("/v1/models", UriKind.Relative));

        models!["data"]!.AsArray().Select(model => model!["id"]!.GetValue<string>()).ShouldContain("sluice-sim");
        sluice.Host(ServiceKind.Gateway).Environment.EnvironmentName.ShouldBe("Development");
    }
}
