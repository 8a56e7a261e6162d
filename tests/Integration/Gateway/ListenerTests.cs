using System.Net;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class ListenerTests : IAsyncLifetime
{
    private Upstream _upstream = null!;
    private TestGateway _gateway = null!;
    private HttpClient _internal = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await Upstream.StartAsync(context => context.Response.WriteAsync("ok"));
        _gateway = await TestGateway.StartAsync(_upstream);
        _internal = new HttpClient { BaseAddress = _gateway.Internal };
        _internal.DefaultRequestHeaders.Authorization = new("Bearer", "sk-dev");
    }

    public async ValueTask DisposeAsync()
    {
        _internal.Dispose();
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task The_public_surface_is_not_on_the_internal_listener()
    {
        foreach (var path in new[] { "/v1/models", "/docs/index.html", "/openapi/v1.json" })
        {
            await Refusal.ReadAsync(await _internal.GetAsync(path), HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task Metrics_are_on_the_internal_listener_only_whatever_the_host_header_says()
    {
        await _gateway.Client.GetAsync("/v1/models");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Host = _gateway.Internal.Authority;

        await Refusal.ReadAsync(await _gateway.Client.SendAsync(request), HttpStatusCode.NotFound);

        var text = await _internal.GetStringAsync("/metrics");
        text.ShouldContain("# TYPE http_server_request_duration_seconds histogram\n");
        text.ShouldContain("http_route=\"/v1/models/{**rest}\"");
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        using var stranger = _gateway.NewClient(null);
        await stranger.GetAsync("/v1/models");

        (await _internal.GetStringAsync("/metrics"))
            .ShouldContain("sluice_gateway_refused_requests_total{reason=\"key\"} 1\n");
    }

    [Fact]
    public async Task Both_listeners_say_alive_and_ready_without_a_key()
    {
        using var stranger = _gateway.NewClient(null);
        foreach (var client in new[] { stranger, _internal })
        {
            (await client.GetAsync("/healthz/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
            await Eventually.Until("both clusters were probed", async () =>
                (await client.GetAsync("/healthz/ready")).StatusCode == HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task Ready_names_a_cluster_without_healthy_instance_and_ends_with_the_last_one()
    {
        var dead = await Upstream.DeadAddressAsync();
        await using var degraded = await TestGateway.StartAsync(
            _upstream, $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={dead}");
        await using var gateway = await TestGateway.StartAsync(
            _upstream,
            $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={dead}",
            $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={dead}");
        using var half = new HttpClient { BaseAddress = degraded.Internal };
        using var probe = new HttpClient { BaseAddress = gateway.Internal };

        await Eventually.Until(
            "one cluster is enough", async () => (await half.GetAsync("/healthz/ready")).IsSuccessStatusCode);
        var oneLeft = await half.GetStringAsync("/healthz/ready");
        var response = await probe.GetAsync("/healthz/ready");

        oneLeft.ShouldContain("scheduler");
        // Never ready on a mere hope: unprobed counts as not healthy.
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await response.Content.ReadAsStringAsync()).ShouldContain("scheduler, streaming");
        (await gateway.Client.GetAsync("/healthz/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_document_and_its_reader_need_no_key()
    {
        using var stranger = _gateway.NewClient(null);

        var document = await stranger.GetAsync("/openapi/v1.json");
        var docs = await stranger.GetStringAsync("/docs/index.html");

        document.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        (await document.Content.ReadAsStringAsync()).ShouldContain("\"openapi\"");
        docs.ShouldContain("swagger-ui");
    }
}
