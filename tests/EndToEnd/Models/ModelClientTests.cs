using OpenAI.Models;
using Shouldly;
using Sluice.Tests.EndToEnd.Chat;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Models;

public sealed class ModelClientTests(SluiceFixture sluice)
{
    [Fact]
    public async Task Models_of_all_providers_are_listed_and_retrieved()
    {
        var client = OpenAiClients.Client(sluice).GetOpenAIModelClient();

        OpenAIModelCollection models = await client.GetModelsAsync();
        OpenAIModel one = await client.GetModelAsync(UpstreamSimulator.Model);

        models.Select(m => m.Id).ShouldBe(
            ["sluice-sim", UpstreamSimulator.Model, UpstreamSimulator.PrefixModel, UpstreamSimulator.ReplayModel],
            ignoreOrder: true);
        one.Id.ShouldBe(UpstreamSimulator.Model);
    }
}
