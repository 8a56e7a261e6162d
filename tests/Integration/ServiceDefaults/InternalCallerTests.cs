using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.ServiceDefaults.Internal;
using Sluice.Tests.Integration.Gateway;
using Xunit;

namespace Sluice.Tests.Integration.ServiceDefaults;

public sealed class InternalCallerTests : IAsyncLifetime
{
    private DefaultsHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await DefaultsHost.StartAsync(app =>
    {
        app.UseInternalCaller();
        app.MapGet(
            "/v1/who",
            (HttpContext context) => $"{context.Tenant()} {context.ReceivedAt().ToUnixTimeMilliseconds()}");
    });

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sluice-development-secre")]
    [InlineData("Sluice-Development-Secret")]
    public async Task Without_the_secret_nothing_but_health_and_metrics_answers(string? secret)
    {
        var response = await GetAsync("/v1/who", secret);

        (await Refusal.ReadAsync(response, HttpStatusCode.Unauthorized)).Code.ShouldBe("internal_only");
        (await GetAsync("/v1/nothing", secret)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await GetAsync("/healthz/live", secret)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync("/healthz/ready", secret)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync("/metrics", secret)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task With_the_secret_the_gateways_word_counts()
    {
        var response = await GetAsync("/v1/who", InternalOptions.DevelopmentSecret);

        (await response.Content.ReadAsStringAsync()).ShouldBe("alice 1700000000123");
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? secret)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(InternalHeaders.Tenant, "alice");
        request.Headers.Add(InternalHeaders.ReceivedAt, "1700000000123");
        if (secret is not null)
        {
            request.Headers.Add(InternalHeaders.Secret, secret);
        }

        return _host.Client.SendAsync(request);
    }
}
