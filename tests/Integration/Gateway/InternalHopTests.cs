using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class InternalHopTests : IAsyncLifetime
{
    private Upstream _upstream = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(EchoHeadersAsync);
        _gateway = await TestGateway.StartAsync(_upstream);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Internal_headers_of_a_client_are_replaced_by_the_gateways()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("X-Sluice-Tenant", "somebody-else");
        request.Headers.Add("x-sluice-internal-secret", "guess");
        request.Headers.Add("X-SLUICE-Response-Id", "chatcmpl-mine");
        request.Headers.Add("X-Sluice-Anything", "1");
        var before = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());

        var seen = await SendAsync(request);

        seen["X-Sluice-Tenant"].ShouldBe("dev");
        seen["X-Sluice-Internal-Secret"].ShouldBe("sluice-development-secret");
        seen.ShouldNotContainKey("X-Sluice-Response-Id");
        seen.ShouldNotContainKey("X-Sluice-Anything");
        var received = DateTimeOffset.FromUnixTimeMilliseconds(
            long.Parse(seen["X-Sluice-Received-At"], CultureInfo.InvariantCulture));
        received.ShouldBeInRange(before, before.AddMinutes(1));
    }

    [Fact]
    public async Task The_key_and_forwarding_headers_of_a_client_stay_at_the_edge()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("X-Forwarded-For", "10.0.0.1");
        request.Headers.Add("X-Forwarded-Host", "evil");
        request.Headers.Add("Forwarded", "for=10.0.0.1");
        request.Headers.Add("OpenAI-Organization", "org");

        var seen = await SendAsync(request);

        seen.ShouldNotContainKey("Authorization");
        seen.ShouldNotContainKey("X-Forwarded-For");
        seen.ShouldNotContainKey("X-Forwarded-Host");
        seen.ShouldNotContainKey("Forwarded");
        seen["OpenAI-Organization"].ShouldBe("org");
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/chat/completions/")]
    public async Task A_new_chat_completion_gets_an_id_of_the_gateway(string path)
    {
        var first = await PostAsync(path);
        var second = await PostAsync(path);

        first["X-Sluice-Response-Id"].ShouldMatch("^chatcmpl-[0-9a-f]{12}7[0-9a-f]{19}$");
        second["X-Sluice-Response-Id"].ShouldNotBe(first["X-Sluice-Response-Id"]);
    }

    [Theory]
    [InlineData("/v1/files")]
    [InlineData("/v1/batches")]
    public async Task Other_posts_get_no_response_id(string path) =>
        (await PostAsync(path)).ShouldNotContainKey("X-Sluice-Response-Id");

    [Theory]
    [InlineData("abc-123_X.y:z")]
    [InlineData("a")]
    public async Task A_harmless_request_id_is_passed_on_and_returned(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("x-request-id", id);

        var response = await _gateway.Client.SendAsync(request);

        response.Headers.GetValues("x-request-id").ShouldBe([id]);
        (await ReadAsync(response))["x-request-id"].ShouldBe(id);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("<script>")]
    [InlineData("quote\"")]
    [InlineData("129")]
    public async Task Any_other_request_id_is_replaced(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.TryAddWithoutValidation("x-request-id", id == "129" ? new string('a', 129) : id);

        var response = await _gateway.Client.SendAsync(request);

        var made = response.Headers.GetValues("x-request-id").Single();
        made.ShouldMatch("^req_[0-9a-f]{32}$");
        (await ReadAsync(response))["x-request-id"].ShouldBe(made);
    }

    [Fact]
    public async Task What_services_say_to_each_other_does_not_get_out()
    {
        var response = await _gateway.Client.GetAsync("/v1/models");

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.Contains("Server").ShouldBeFalse();
        response.Headers.Where(header => header.Key.StartsWith("X-Sluice-", StringComparison.OrdinalIgnoreCase))
            .ShouldBeEmpty();
        response.Headers.GetValues("x-ratelimit-limit").ShouldBe(["7"]);
    }

    private static Task EchoHeadersAsync(HttpContext context)
    {
        context.Response.Headers.Server = "inner";
        context.Response.Headers["X-Sluice-Instance"] = "streaming-1";
        context.Response.Headers["x-request-id"] = "of the service";
        context.Response.Headers["x-ratelimit-limit"] = "7";
        return context.Response.WriteAsJsonAsync(
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString()));
    }

    private static async Task<Dictionary<string, string>> ReadAsync(HttpResponseMessage response) =>
        new((await response.Content.ReadFromJsonAsync<Dictionary<string, string>>(JsonSerializerOptions.Web))!,
            StringComparer.OrdinalIgnoreCase);

    private async Task<Dictionary<string, string>> SendAsync(HttpRequestMessage request) =>
        await ReadAsync(await _gateway.Client.SendAsync(request));

    private async Task<Dictionary<string, string>> PostAsync(string path) =>
        await ReadAsync(await _gateway.Client.PostAsync(path, new StringContent("{}")));
}
