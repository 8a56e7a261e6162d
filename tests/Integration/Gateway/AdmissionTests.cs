using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class AdmissionTests : IAsyncLifetime
{
    private int _forwarded;
    private Upstream _upstream = null!;
    private TestGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(context =>
        {
            Interlocked.Increment(ref _forwarded);
            return context.Response.WriteAsync(context.Request.Headers["X-Sluice-Tenant"].ToString());
        });
        _gateway = await TestGateway.StartAsync(
            _upstream,
            $"--Identity:Keys:0:Sha256={Hash("sk-alice")}",
            "--Identity:Keys:0:Tenant=alice",
            "--Identity:Keys:0:Rights:0=inference",
            $"--Identity:Keys:1:Sha256={Hash("sk-bob").ToUpperInvariant()}",
            "--Identity:Keys:1:Tenant=bob",
            "--Identity:Keys:1:Rights:0=batches",
            "--Identity:Keys:1:Rights:1=operator");
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sk-alic")]
    [InlineData("sk-alice2")]
    [InlineData("SK-ALICE")]
    [InlineData("sk-dev")]
    public async Task A_call_without_a_valid_key_is_refused_and_not_forwarded(string? key)
    {
        using var client = _gateway.NewClient(null);
        if (key is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        var response = await client.GetAsync("/v1/models");

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.Unauthorized);
        refusal.Type.ShouldBe("authentication_error");
        refusal.Code.ShouldBe("invalid_api_key");
        response.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
        _forwarded.ShouldBe(0);
    }

    [Theory]
    [InlineData("Basic sk-alice")]
    [InlineData("sk-alice")]
    [InlineData("Bearer sk-alice, Bearer sk-bob")]
    public async Task Another_scheme_than_one_bearer_key_is_refused(string authorization)
    {
        using var client = _gateway.NewClient(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);

        var response = await client.GetAsync("/v1/models");

        (await Refusal.ReadAsync(response, HttpStatusCode.Unauthorized)).Code.ShouldBe("invalid_api_key");
    }

    [Fact]
    public async Task A_key_longer_than_any_is_refused()
    {
        using var client = _gateway.NewClient(new string('k', 10_000));

        var response = await client.GetAsync("/v1/models");

        (await Refusal.ReadAsync(response, HttpStatusCode.Unauthorized)).Code.ShouldBe("invalid_api_key");
    }

    [Theory]
    [InlineData("sk-alice", "/v1/batches", "batches")]
    [InlineData("sk-alice", "/v1/files", "batches")]
    [InlineData("sk-bob", "/v1/models", "inference")]
    [InlineData("sk-bob", "/v1/chat/completions", "inference")]
    [InlineData("sk-bob", "/v1/chat/completions/chatcmpl-1", "inference")]
    public async Task A_key_without_the_right_is_forbidden(string key, string path, string right)
    {
        using var client = _gateway.NewClient(key);

        var response = await client.GetAsync(path);

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.Forbidden);
        refusal.Type.ShouldBe("permission_error");
        refusal.Message.ShouldContain(right);
        _forwarded.ShouldBe(0);
    }

    [Fact]
    public async Task A_refusal_on_our_own_routes_is_problem_details()
    {
        using var client = _gateway.NewClient("sk-alice");

        var response = await client.GetAsync("/api/nothing");

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = await response.Content.ReadFromJsonAsync<Dictionary<string, object>>();
        problem!["code"].ToString().ShouldBe("not_found");
        problem["status"].ToString().ShouldBe("404");
        problem["request_id"].ToString().ShouldBe(response.Headers.GetValues("x-request-id").Single());
    }

    [Theory]
    [InlineData("sk-alice", "/v1/models", "alice")]
    [InlineData("sk-bob", "/v1/batches?limit=1", "bob")]
    public async Task A_key_with_the_right_reaches_the_service_as_its_tenant(string key, string path, string tenant)
    {
        using var client = _gateway.NewClient(key);

        (await client.GetStringAsync(path)).ShouldBe(tenant);
    }

    [Fact]
    public async Task The_scheme_is_not_case_sensitive()
    {
        using var client = _gateway.NewClient(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "bearer  sk-alice");

        (await client.GetStringAsync("/v1/models")).ShouldBe("alice");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v1/nothing")]
    [InlineData("/v1/chat")]
    [InlineData("/v1/chat/completions/chatcmpl-1/nothing")]
    [InlineData("/metrics")]
    [InlineData("/healthz/other")]
    public async Task An_unknown_route_is_not_found_with_or_without_a_key(string path)
    {
        foreach (var key in new[] { null, "sk-alice" })
        {
            using var client = _gateway.NewClient(key);

            var response = await client.GetAsync(path);

            var refusal = await Refusal.ReadAsync(response, HttpStatusCode.NotFound);
            refusal.Type.ShouldBe("not_found_error");
            refusal.Message.ShouldContain(path);
        }
    }

    private static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}
