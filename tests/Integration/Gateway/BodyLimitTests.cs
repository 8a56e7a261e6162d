using System.Net;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class BodyLimitTests : IAsyncLifetime
{
    private const int Bound = 64 * 1024;
    private const int UploadBound = 512 * 1024;
    private const int FiftyMegabytes = 50_000_000;

    private Upstream _upstream = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            await context.Response.WriteAsync($"{body.Length}");
        });
        _gateway = await TestGateway.StartAsync(
            _upstream, $"--Limits:MaxRequestBytes={Bound}", $"--Limits:MaxUploadBytes={UploadBound}");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("/v1/chat/completions", Bound + 1, false)]
    [InlineData("/v1/chat/completions", Bound + 1, true)]
    [InlineData("/v1/chat/completions", FiftyMegabytes, false)]
    [InlineData("/v1/chat/completions", FiftyMegabytes, true)]
    [InlineData("/v1/batches", Bound + 1, true)]
    [InlineData("/v1/files", UploadBound + 1, false)]
    [InlineData("/v1/files", UploadBound + 1, true)]
    [InlineData("/v1/files", FiftyMegabytes, true)]
    public async Task A_body_over_the_bound_is_refused_and_the_client_sees_why(string path, int bytes, bool chunked)
    {
        var response = await PostAsync(path, bytes, chunked);

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.RequestEntityTooLarge);
        refusal.Type.ShouldBe("invalid_request_error");
        refusal.Code.ShouldBe("request_too_large");
        refusal.Message.ShouldContain(path == "/v1/files" ? $"{UploadBound}" : $"{Bound}");
    }

    [Theory]
    [InlineData("/v1/chat/completions", 0, false)]
    [InlineData("/v1/chat/completions", Bound, false)]
    [InlineData("/v1/chat/completions", Bound, true)]
    [InlineData("/v1/files", UploadBound, false)]
    [InlineData("/v1/files", UploadBound, true)]
    public async Task A_body_of_exactly_the_bound_is_forwarded_whole(string path, int bytes, bool chunked)
    {
        var response = await PostAsync(path, bytes, chunked);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldBe($"{bytes}");
    }

    [Fact]
    public async Task The_connection_serves_the_next_request_after_a_refused_body()
    {
        await Refusal.ReadAsync(
            await PostAsync("/v1/chat/completions", FiftyMegabytes, chunked: false),
            HttpStatusCode.RequestEntityTooLarge);

        var response = await PostAsync("/v1/chat/completions", 10, chunked: false);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Task<HttpResponseMessage> PostAsync(string path, int bytes, bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = chunked
                ? new StreamContent(new MemoryStream(new byte[bytes]))
                : new ByteArrayContent(new byte[bytes]),
        };
        request.Headers.TransferEncodingChunked = chunked ? true : null;
        return _gateway.Client.SendAsync(request);
    }
}
