using System.Text;
using System.Text.Json;
using Shouldly;
using Sluice.Inference.Embeddings;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Embeddings;

public sealed class SimulatedEmbeddingsTests
{
    [Fact]
    public async Task The_same_input_has_the_same_vector_of_length_one_wherever_it_stands()
    {
        var alone = await Vectors("\"river\"", ",\"dimensions\":64");
        var many = await Vectors("""["lake","river","r\u0069ver"]""", ",\"dimensions\":64");

        many.Count.ShouldBe(3);
        many[1].ShouldBe(alone[0]);
        many[2].ShouldBe(alone[0]);
        many[0].ShouldNotBe(alone[0]);
        alone[0].Length.ShouldBe(64);
        alone[0].Sum(x => x * (double)x).ShouldBe(1, 1e-5);
    }

    [Fact]
    public async Task Tokens_are_inputs_too()
    {
        var one = await Vectors("[5,6,7]", ",\"dimensions\":8");
        var two = await Vectors("[[5,6],[5,6,7]]", ",\"dimensions\":8");

        one.Count.ShouldBe(1);
        two[1].ShouldBe(one[0]);
        two[0].ShouldNotBe(one[0]);
    }

    [Fact]
    public async Task Base64_says_the_same_numbers()
    {
        var numbers = await Vectors("\"river\"");
        using var answer = await Ask("\"river\"", ",\"encoding_format\":\"base64\"");

        var bytes = answer.RootElement.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();

        numbers[0].Length.ShouldBe(1_536);
        Enumerable.Range(0, 1_536).Select(i => BitConverter.ToSingle(bytes, i * 4)).ShouldBe(numbers[0]);
        answer.RootElement.GetProperty("usage").GetProperty("prompt_tokens").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Directives_and_too_many_dimensions_refuse()
    {
        (await Answer("\"@sim status=429\"", "")).Status.ShouldBe(429);
        (await Answer("\"a\"", ",\"dimensions\":4000")).Status.ShouldBe(400);
    }

    private static async Task<List<float[]>> Vectors(string input, string more = "")
    {
        using var answer = await Ask(input, more);
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(
            item => item.GetProperty("embedding").EnumerateArray().Select(n => n.GetSingle()).ToArray())];
    }

    private static async Task<JsonDocument> Ask(string input, string more) =>
        JsonDocument.Parse((await Answer(input, more)).Body);

    private static async Task<ModelAnswer> Answer(string input, string more)
    {
        await using var services = TestProviders.Services();
        var body = Encoding.UTF8.GetBytes($$"""{"model":"sluice-sim","input":{{input}}{{more}}}""");
        EmbeddingRequest.TryRead(body, out var request, out var error).ShouldBeTrue(error?.Message);
        return await TestProviders.Simulated(services).EmbedAsync(request!, CancellationToken.None);
    }
}
