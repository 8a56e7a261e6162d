using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Shouldly;
using Sluice.Tests.EndToEnd.Api;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;

namespace Sluice.Tests.EndToEnd.BadInput;

public sealed class ChatBadInputTests(SluiceFixture sluice)
{
    private const int BodyLimit = 10 * 1024 * 1024;

    private static readonly string[] s_kinds = ["\"text\"", "1.5", "true", "[]", "{}"];

    /// <summary>Fields of a chat request and the kinds of JSON they take; all others must be refused.</summary>
    private static readonly Dictionary<string, string[]> s_fields = new(StringComparer.Ordinal)
    {
        ["model"] = ["\"text\""],
        ["messages"] = [],
        ["stream"] = ["true"],
        ["stream_options"] = [],
        ["n"] = [],
        ["max_tokens"] = [],
        ["max_completion_tokens"] = [],
        ["temperature"] = ["1.5"],
        ["top_p"] = ["1.5"],
        ["presence_penalty"] = ["1.5"],
        ["frequency_penalty"] = ["1.5"],
        ["seed"] = [],
        ["top_logprobs"] = [],
        ["stop"] = ["\"text\"", "[]"],
        ["user"] = ["\"text\""],
        ["service_tier"] = ["\"text\""],
        ["logprobs"] = ["true"],
        ["store"] = ["true"],
        ["tools"] = ["[]"],
        ["tool_choice"] = ["\"text\"", "{}"],
        ["response_format"] = ["{}"],
        ["metadata"] = ["{}"],
        ["logit_bias"] = ["{}"],
    };

    public static TheoryData<string, string> WrongTypes
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (name, allowed) in s_fields)
            {
                foreach (var wrong in s_kinds.Except(allowed))
                {
                    rows.Add(name, wrong);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public async Task A_field_of_the_wrong_type_is_named(string field, string value)
    {
        var body = JsonNode.Parse("""{"model":"sluice-sim","messages":[{"role":"user","content":"hi"}]}""")!;
        body[field] = JsonNode.Parse(value);

        var answer = await sluice.Api.PostAsync(SluiceApi.ChatUrl, body);

        answer.ShouldBeRefused(400, field)["param"]!.GetValue<string>().ShouldStartWith(field);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"hi"}]}""", "model")]
    [InlineData("""{"model":"sluice-sim"}""", "messages")]
    [InlineData("""{"model":"sluice-sim","messages":[]}""", "messages")]
    [InlineData("""{"model":"sluice-sim","messages":["hi"]}""", "messages[0]")]
    [InlineData("""{"model":"sluice-sim","messages":[{"content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":1,"content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":"user","content":5}]}""", "messages[0].content")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":"user","content":"hi"}],"n":0}""", "n")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":"user","content":"hi"}],"max_tokens":-1}""", "max_tokens")]
    [InlineData("""{"model":"","messages":[{"role":"user","content":"hi"}]}""", "model")]
    public async Task A_missing_or_senseless_field_is_named(string body, string param)
    {
        var answer = await sluice.Api.PostTextAsync(SluiceApi.ChatUrl, body);

        answer.ShouldBeRefused(400, param)["param"]!.GetValue<string>().ShouldBe(param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("not json")]
    [InlineData("""{"model":"sluice-sim","messages":[{"role":"user","content":"hi"}]} trailing""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public async Task A_body_that_is_no_json_object_is_refused(string body) =>
        (await sluice.Api.PostTextAsync(SluiceApi.ChatUrl, body)).ShouldBeRefused(400);

    [Fact]
    public async Task A_body_that_is_not_utf8_is_refused()
    {
        byte[] body =
        [
            .. """{"model":"sluice-sim","messages":[{"role":"user","content":"hi """u8, 0xC3, 0x28, .. "\"}]}"u8,
        ];

        (await PostBytesAsync(body)).ShouldBeRefused(400, "UTF-8");
    }

    [Fact]
    public async Task A_body_of_50_megabytes_is_refused()
    {
        var body = new byte[50 * 1024 * 1024];
        Array.Fill(body, (byte)' ');

        (await PostBytesAsync(body)).ShouldBeRefused(413, BodyLimit.ToString());
    }

    [Fact]
    public async Task A_body_of_50_megabytes_without_a_length_is_refused()
    {
        var chunk = new byte[1024 * 1024];
        Array.Fill(chunk, (byte)' ');
        using var content = new PieceContent(chunk, 50);

        var answer = await sluice.Api.SendAsync(HttpMethod.Post, SluiceApi.ChatUrl, content);

        answer.ShouldBeRefused(413, BodyLimit.ToString());
    }

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        var error = (await sluice.Api.ChatAsync("hi", model: "nobody-1")).ShouldBeRefused(404, "nobody-1");

        error["code"]!.GetValue<string>().ShouldBe("model_not_found");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("sk-wrong")]
    [InlineData("")]
    public async Task Nobody_is_let_in_without_a_known_key(string? key)
    {
        using var api = sluice.Cluster.Api(key);

        (await api.ChatAsync("hi")).ShouldBeRefused(401);
        (await api.GetAsync("/v1/models")).ShouldBeRefused(401);
        (await api.GetAsync("/v1/files")).ShouldBeRefused(401);
        (await api.GetAsync("/v1/batches")).ShouldBeRefused(401);
        (await api.TryUploadAsync([1])).ShouldBeRefused(401);
        (await api.TryCreateBatchAsync("file-1")).ShouldBeRefused(401);
    }

    [Fact]
    public async Task A_key_without_the_right_is_refused_for_that()
    {
        using var api = sluice.Cluster.Api(TestKeys.ChatOnly);

        (await api.ChatAsync("@sim hash")).Ok();
        (await api.GetAsync("/v1/files")).ShouldBeRefused(403, "batches");
        (await api.GetAsync("/v1/batches")).ShouldBeRefused(403, "batches");
    }

    [Theory]
    [InlineData("GET", "/v1/nowhere")]
    [InlineData("POST", "/v1/chat/nowhere")]
    [InlineData("GET", "/nowhere")]
    [InlineData("GET", "/v1/models/nobody")]
    [InlineData("GET", "/v1/files/nowhere/at/all")]
    [InlineData("POST", "/v1/batches/batch_1/nowhere")]
    public async Task An_unknown_route_is_refused(string method, string path) =>
        (await sluice.Api.SendAsync(new HttpMethod(method), path)).ShouldBeRefused(404);

    [Theory]
    [InlineData("DELETE", "/v1/chat/completions")]
    [InlineData("PUT", "/v1/files")]
    [InlineData("DELETE", "/v1/batches")]
    [InlineData("POST", "/v1/models")]
    public async Task A_method_that_a_route_does_not_have_is_refused(string method, string path)
    {
        var answer = await sluice.Api.SendAsync(new HttpMethod(method), path);

        answer.ShouldBeRefused(405);
        answer.Headers.Keys.ShouldContain("Allow");
    }

    [Fact]
    public async Task A_client_cannot_speak_for_the_gateway()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(sluice.Url, "/v1/files"));
        request.Headers.Authorization = new("Bearer", TestKeys.Other);
        request.Headers.Add("X-Sluice-Tenant", "dev");
        request.Headers.Add("x-sluice-internal-secret", "guess");
        await sluice.Api.UploadAsync("{}\n");
        using var http = new HttpClient();

        using var response = await http.SendAsync(request);

        var mine = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["data"]!.AsArray();
        using var other = sluice.Cluster.Api(TestKeys.Other);
        mine.Count.ShouldBe((await other.GetAsync("/v1/files")).Ok()["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_stream_for_an_unknown_model_is_refused_before_it_starts()
    {
        var body = """{"model":"nobody","stream":true,"messages":[{"role":"user","content":"hi"}]}""";

        (await sluice.Api.PostTextAsync(SluiceApi.ChatUrl, body)).ShouldBeRefused(404, "nobody");
    }

    private async Task<Answer> PostBytesAsync(byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await sluice.Api.SendAsync(HttpMethod.Post, SluiceApi.ChatUrl, content);
    }
}
