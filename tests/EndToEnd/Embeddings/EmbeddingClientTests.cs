using System.ClientModel;
using OpenAI.Embeddings;
using Shouldly;
using Sluice.Tests.EndToEnd.Chat;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.Embeddings;

/// <summary>The official .NET client, which asks for base64 by itself.</summary>
public sealed class EmbeddingClientTests(SluiceFixture sluice)
{
    [Theory]
    [InlineData("sluice-sim")]
    [InlineData(UpstreamSimulator.Model)]
    public async Task The_official_client_gets_the_vectors_of_its_texts(string model)
    {
        var client = OpenAiClients.Client(sluice).GetEmbeddingClient(model);

        OpenAIEmbeddingCollection many = await client.GenerateEmbeddingsAsync(
            ["A river.", "A lake."], new EmbeddingGenerationOptions { Dimensions = 64 });
        OpenAIEmbedding one = await client.GenerateEmbeddingAsync(
            "A river.", new EmbeddingGenerationOptions { Dimensions = 64 });

        many.Count.ShouldBe(2);
        many.Model.ShouldBe(model);
        many.Usage.TotalTokenCount.ShouldBeGreaterThan(0);
        many[0].ToFloats().ToArray().ShouldBe(one.ToFloats().ToArray());
        many[1].ToFloats().Length.ShouldBe(64);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_refused()
    {
        var client = OpenAiClients.Client(sluice).GetEmbeddingClient("nobody");

        var refusal = await Should.ThrowAsync<ClientResultException>(() => client.GenerateEmbeddingAsync("A river."));

        refusal.Status.ShouldBe(404);
    }
}
