using System.Net;
using System.Text;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Streaming;

public sealed class BadInputTests : IAsyncLifetime
{
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]";

    private StreamingProcess _streaming = null!;

    public async ValueTask InitializeAsync() => _streaming = await StreamingProcess.StartAsync();

    public async ValueTask DisposeAsync() => await _streaming.DisposeAsync();

    [Theory]
    [InlineData("", null)]
    [InlineData("{", null)]
    [InlineData("[]", null)]
    [InlineData("\"text\"", null)]
    [InlineData("{} {}", null)]
    [InlineData("{\"model\":\"sluice-sim\"," + Messages + "} x", null)]
    [InlineData("{" + Messages + "}", "model")]
    [InlineData("{\"model\":\"sluice-sim\"}", "messages")]
    [InlineData("{\"model\":7," + Messages + "}", "model")]
    [InlineData("{\"model\":null," + Messages + "}", "model")]
    [InlineData("{\"model\":\"\"," + Messages + "}", "model")]
    [InlineData("{\"model\":\"\\ud800\"," + Messages + "}", "model")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":{}}", "messages")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[]}", "messages")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[7]}", "messages[0]")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{}]}", "messages[0].role")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":1}]}", "messages[0].role")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":7}]}", "messages[0].content")]
    [InlineData(
        "{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":[7]}]}",
        "messages[0].content[0]")]
    [InlineData(
        "{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":[{}]}]}",
        "messages[0].content[0].type")]
    [InlineData(
        "{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":\"\\udc00\"}]}", "messages[0].content")]
    [InlineData("{\"model\":\"sluice-sim\",\"stream\":\"yes\"," + Messages + "}", "stream")]
    [InlineData("{\"model\":\"sluice-sim\",\"stream\":true,\"stream_options\":[]," + Messages + "}", "stream_options")]
    [InlineData(
        "{\"model\":\"sluice-sim\",\"stream\":true,\"stream_options\":{\"include_usage\":1}," + Messages + "}",
        "stream_options.include_usage")]
    [InlineData("{\"model\":\"sluice-sim\",\"stream_options\":{}," + Messages + "}", "stream_options")]
    [InlineData("{\"model\":\"sluice-sim\",\"n\":0," + Messages + "}", "n")]
    [InlineData("{\"model\":\"sluice-sim\",\"n\":129," + Messages + "}", "n")]
    [InlineData("{\"model\":\"sluice-sim\",\"n\":1.5," + Messages + "}", "n")]
    [InlineData("{\"model\":\"sluice-sim\",\"max_tokens\":\"9\"," + Messages + "}", "max_tokens")]
    [InlineData("{\"model\":\"sluice-sim\",\"max_completion_tokens\":-1," + Messages + "}", "max_completion_tokens")]
    [InlineData("{\"model\":\"sluice-sim\",\"temperature\":\"hot\"," + Messages + "}", "temperature")]
    [InlineData("{\"model\":\"sluice-sim\",\"stop\":7," + Messages + "}", "stop")]
    [InlineData("{\"model\":\"sluice-sim\",\"tools\":{}," + Messages + "}", "tools")]
    [InlineData("{\"model\":\"sluice-sim\",\"tools\":[{},1]," + Messages + "}", "tools[1]")]
    [InlineData("{\"model\":\"sluice-sim\",\"stop\":[[]]," + Messages + "}", "stop[0]")]
    [InlineData("{\"model\":\"sluice-sim\",\"metadata\":[]," + Messages + "}", "metadata")]
    [InlineData("{\"\\ud800\":1,\"model\":\"sluice-sim\"," + Messages + "}", null)]
    [InlineData("{\"a name of no known length \\udc00\":1,\"model\":\"sluice-sim\"," + Messages + "}", null)]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"\\ud800\"}]}", "messages[0].role")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"\\ud800\":1}]}", null)]
    [InlineData(
        "{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"user\",\"content\":[{\"\\ud800\":1}]}]}", null)]
    public async Task A_wrong_body_is_400_and_names_the_field(string body, string? param)
    {
        using var response = await _streaming.PostAsync(body);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var error = await SseText.ErrorOf(response);
        error.GetProperty("type").GetString().ShouldBe("invalid_request_error");
        error.GetProperty("param").GetString().ShouldBe(param);
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("{\"\\ud800\":1,\"model\":\"sluice-sim\",\"input\":\"a\"}")]
    [InlineData("{\"model\":\"sluice-sim\",\"input\":[{\"role\":\"\\ud800\",\"content\":\"a\"}]}")]
    [InlineData("{\"model\":\"sluice-sim\",\"input\":[{\"type\":\"\\ud800\"}]}")]
    [InlineData("{\"model\":\"sluice-sim\",\"input\":\"a\",\"truncation\":\"\\ud800\"}")]
    public async Task A_response_of_what_is_no_text_is_400(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await _streaming.Client.PostAsync("/v1/responses", content);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SseText.ErrorOf(response)).GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory]
    [InlineData("{\"model\":\"sluice-sim\",\"temperature\":null,\"n\":null,\"stream\":null," + Messages + "}")]
    [InlineData("{\"model\":\"sluice-sim\",\"x_new\":{\"a\":[1,2]}," + Messages + ",\"stop\":[\"a\"]}")]
    [InlineData("{\"model\":\"sluice-sim\",\"messages\":[{\"role\":\"assistant\",\"content\":null,\"x\":[]}]}")]
    public async Task Nulls_and_unknown_fields_are_fine(string body)
    {
        using var response = await _streaming.PostAsync(body);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Invalid_UTF8_is_400()
    {
        using var content = new ByteArrayContent([.. "{\"model\":\""u8, 0xFF, .. "\"}"u8]);

        using var response = await _streaming.Client.PostAsync("/v1/chat/completions", content);

        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_past_the_bound_is_413(bool chunked)
    {
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:MaxRequestBytes=100000");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string(' ', 200_000))),
        };
        request.Headers.TransferEncodingChunked = chunked;

        using var response = await streaming.Client.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("request_too_large");
    }

    [Fact]
    public async Task Memory_for_bodies_is_bounded_over_all_requests()
    {
        await using var streaming = await StreamingProcess.StartAsync("--Streaming:MaxBufferedRequestBytes=100000");

        using var response = await streaming.ChatAsync(new string('a', 200_000), stream: false);
        using var small = await streaming.ChatAsync("a", stream: false);

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        small.StatusCode.ShouldBe(HttpStatusCode.OK, "what the refused one had taken was given back");
    }

    [Fact]
    public async Task An_unknown_model_is_404()
    {
        using var chat = await _streaming.ChatAsync("a", stream: true, model: "gpt-nothing");
        using var model = await _streaming.Client.GetAsync("/v1/models/gpt-nothing");

        foreach (var response in (HttpResponseMessage[])[chat, model])
        {
            response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await SseText.ErrorOf(response)).GetProperty("code").GetString().ShouldBe("model_not_found");
        }
    }

    [Fact]
    public async Task Models_are_listed_and_found_by_id()
    {
        await using var streaming = await StreamingProcess.StartAsync(
            "--Inference:Providers:far:BaseUrl=http://127.0.0.1:9/v1",
            "--Inference:Providers:far:Models:0=org/model-1");

        var list = await streaming.Client.GetStringAsync("/v1/models");
        var one = await streaming.Client.GetStringAsync("/v1/models/org/model-1");

        list.ShouldContain("\"object\":\"list\"");
        list.ShouldContain("\"id\":\"sluice-sim\",\"object\":\"model\"");
        one.ShouldStartWith("{\"id\":\"org/model-1\"");
    }

    [Fact]
    public async Task Without_the_internal_secret_it_is_401()
    {
        using var client = _streaming.NewClient(withSecret: false);

        using var response = await client.GetAsync("/v1/models");

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("GET", "/v1/nothing", 404)]
    public async Task An_unknown_route_or_method_has_an_error_object(string method, string path, int status)
    {
        using var response = await _streaming.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        ((int)response.StatusCode).ShouldBe(status);
        await SseText.ErrorOf(response);
    }
}
