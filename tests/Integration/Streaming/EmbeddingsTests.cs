using System.Net;
using System.Text;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class EmbeddingsTests
{
    [Fact]
    public async Task A_provider_is_asked_with_every_field_and_the_next_one_when_it_fails()
    {
        const string Refusal = "HTTP/1.1 503 Away\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await using var far = new CutProvider(Encoding.UTF8.GetBytes(Refusal), CutEnding.Close);
        await using var near = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            far.Address,
            "--Inference:Providers:far:Priority=-1",
            $"--Inference:Providers:near:BaseUrl={near.Address}v1",
            "--Inference:Providers:near:Models:0=far-model");

        var (status, body) = await EmbedAsync(
            streaming, """{"model":"far-model","input":["a","b"],"dimensions":4,"unknown":{"x":1}}""");

        status.ShouldBe(HttpStatusCode.OK, body);
        using var json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("model").GetString().ShouldBe("far-model");
        json.RootElement.GetProperty("data").EnumerateArray()
            .Select(d => d.GetProperty("embedding").GetArrayLength()).ShouldBe([4, 4]);
        far.Requests.ShouldBe(1);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", 502, "upstream_error")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":[]}", 502, "upstream_error")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\"", 502, "upstream_error")]
    [InlineData("HTTP/1.1 422 No\r\nContent-Length: 27\r\n\r\n{\"error\":{\"code\":\"theirs\"}}", 422, "theirs")]
    public async Task What_the_provider_does_wrong_is_a_typed_error(string answer, int status, string code)
    {
        await using var far = new CutProvider(Encoding.UTF8.GetBytes(answer), CutEnding.Close);
        await using var streaming = await StreamingProcess.WithProviderAsync(far.Address);

        var (seen, body) = await EmbedAsync(streaming, """{"model":"far-model","input":"a"}""");

        ((int)seen).ShouldBe(status, body);
        using var json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("error").GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_in_time_is_a_timeout()
    {
        await using var near = await SimulatorProcess.StartAsync();
        await using var streaming = await StreamingProcess.WithProviderAsync(
            near.Address, "--Inference:Providers:far:CompletionTimeout=00:00:00.200");

        var (status, body) = await EmbedAsync(
            streaming, """{"model":"far-model","input":"@sim first_ms=600000"}""");

        status.ShouldBe(HttpStatusCode.GatewayTimeout, body);
        streaming.ActiveResponses.ShouldBe(0);
    }

    [Theory]
    [InlineData("""{"model":"sluice-sim"}""", 400, "input")]
    [InlineData("""{"model":"nobody","input":"a"}""", 404, "model")]
    [InlineData("""not json""", 400, null)]
    [InlineData("""{"\ud800":1,"model":"sluice-sim","input":"a"}""", 400, null)]
    [InlineData("""{"model":"sluice-sim","input":"a","encoding_format":"\ud800"}""", 400, null)]
    [InlineData("", 400, null)]
    public async Task A_bad_request_is_refused_with_its_field(string request, int status, string? param)
    {
        await using var streaming = await StreamingProcess.StartAsync();

        var (seen, body) = await EmbedAsync(streaming, request);

        ((int)seen).ShouldBe(status, body);
        using var json = JsonDocument.Parse(body);
        json.RootElement.GetProperty("error").GetProperty("param").GetString().ShouldBe(param);
    }

    private static async Task<(HttpStatusCode Status, string Body)> EmbedAsync(StreamingProcess streaming, string body)
    {
        using var response = await StreamingProcess.PostAsync(streaming.Client, body, "/v1/embeddings");
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
