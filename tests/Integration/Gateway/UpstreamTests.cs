using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class UpstreamTests
{
    [Fact]
    public async Task A_service_that_is_down_is_unavailable_with_retry_after()
    {
        var dead = await Upstream.DeadAddressAsync();
        await using var gateway = await TestGateway.StartAsync(
            $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={dead}",
            $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={dead}");

        // The first meets the refused connect, later ones a cluster without a destination.
        for (var i = 0; i < 3; i++)
        {
            var response = await gateway.Client.PostAsync("/v1/chat/completions", new StringContent("{}"));

            var refusal = await Refusal.ReadAsync(response, HttpStatusCode.ServiceUnavailable);
            refusal.Type.ShouldBe("server_error");
            refusal.Code.ShouldBe("unavailable");
            response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_request_with_a_body_goes_to_another_instance_when_the_first_cannot_be_reached()
    {
        await using var alive = await Upstream.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        });
        await using var gateway = await TestGateway.StartAsync(
            $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={await Upstream.DeadAddressAsync()}",
            $"--ReverseProxy:Clusters:streaming:Destinations:b:Address={alive.Address}",
            "--ReverseProxy:Clusters:streaming:LoadBalancingPolicy=FirstAlphabetical",
            "--ReverseProxy:Clusters:streaming:HealthCheck:Active:Enabled=false");
        var body = new string('x', 300_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(
            _ => gateway.Client.PostAsync("/v1/chat/completions", new StringContent(body))));

        foreach (var answer in answers)
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await answer.Content.ReadAsStringAsync()).ShouldBe(body);
        }
    }

    [Fact]
    public async Task A_service_that_dies_before_its_answer_is_unavailable()
    {
        await using var upstream = await Upstream.StartAsync(context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        var response = await gateway.Client.PostAsync("/v1/chat/completions", new StringContent("{}"));

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.ServiceUnavailable);
        refusal.Code.ShouldBe("unavailable");
        response.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_service_that_dies_in_mid_answer_is_never_a_clean_end()
    {
        var read = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var upstream = await Upstream.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await read.Task;
            context.Abort();
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        using var response = await gateway.Client.GetAsync("/v1/models", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        var first = await lines.ReadLineAsync();
        read.SetResult();

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        first.ShouldBe("data: 1");
        (await Record.ExceptionAsync(lines.ReadToEndAsync)).ShouldBeAssignableTo<IOException>();
    }

    [Fact]
    public async Task Readers_of_a_service_that_stays_frozen_are_reset()
    {
        var never = new TaskCompletionSource();
        await using var upstream = await Upstream.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("data: 1\n\n");
                await context.Response.Body.FlushAsync();
                await never.Task.WaitAsync(context.RequestAborted);
            },
            HttpProtocols.Http2);
        var address = new Uri(upstream.Address);
        await using var proxy = FaultProxy.To(address.Host, address.Port);
        await using var gateway = await TestGateway.StartAsync(
            $"--ReverseProxy:Clusters:streaming:Destinations:a:Address=http://127.0.0.1:{proxy.Port}",
            $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={upstream.Address}",
            "--ReverseProxy:Clusters:streaming:HttpRequest:Version=2",
            "--ReverseProxy:Clusters:streaming:HealthCheck:Active:Enabled=false",
            "--Routing:PingDelay=00:00:01",
            "--Routing:PingTimeout=00:00:01");
        using var response = await gateway.Client.GetAsync("/v1/models", HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        (await lines.ReadLineAsync()).ShouldBe("data: 1");

        // All of it stays open, and nothing comes any more.
        proxy.OpenHole();

        var end = lines.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        (await Record.ExceptionAsync(() => end)).ShouldBeAssignableTo<IOException>();
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_a_timeout()
    {
        var never = new TaskCompletionSource();
        await using var upstream = await Upstream.StartAsync(context => never.Task.WaitAsync(context.RequestAborted));
        await using var gateway = await TestGateway.StartAsync(
            upstream, "--ReverseProxy:Clusters:streaming:HttpRequest:ActivityTimeout=00:00:00.200");

        var response = await gateway.Client.GetAsync("/v1/models");

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.GatewayTimeout);
        refusal.Code.ShouldBe("upstream_timeout");
        response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Statuses_bodies_and_headers_of_a_service_pass_unchanged()
    {
        await using var upstream = await Upstream.StartAsync(context =>
        {
            context.Response.StatusCode = 429;
            context.Response.ContentType = "application/json";
            context.Response.Headers.RetryAfter = "7";
            context.Response.Headers["x-should-retry"] = "false";
            return context.Response.WriteAsync("""{"error":{"message":"m","type":"t","param":"p","code":"c"}}""");
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        var response = await gateway.Client.GetAsync("/v1/models");

        (await Refusal.ReadAsync(response, HttpStatusCode.TooManyRequests)).ShouldBe(new Refusal("m", "t", "p", "c"));
        response.Headers.RetryAfter?.Delta.ShouldBe(TimeSpan.FromSeconds(7));
        response.Headers.GetValues("x-should-retry").ShouldBe(["false"]);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/chat/completions/chatcmpl-1")]
    public async Task A_bare_error_status_of_a_service_gets_a_body(string path)
    {
        await using var upstream = await Upstream.StartAsync(context =>
        {
            context.Response.StatusCode = 405;
            context.Response.Headers.Allow = "POST";
            return Task.CompletedTask;
        });
        await using var gateway = await TestGateway.StartAsync(upstream);

        var response = await gateway.Client.GetAsync(path);

        var refusal = await Refusal.ReadAsync(response, HttpStatusCode.MethodNotAllowed);
        refusal.Code.ShouldBe("method_not_allowed");
        response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public async Task A_query_and_an_escaped_path_arrive_as_sent()
    {
        await using var upstream = await Upstream.StartAsync(context =>
            context.Response.WriteAsync(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        await using var gateway = await TestGateway.StartAsync(upstream);

        (await gateway.Client.GetStringAsync("/v1/files/a%20b%3F?after=%2B1&limit=2"))
            .ShouldBe("/v1/files/a%20b%3F?after=%2B1&limit=2");
    }
}
