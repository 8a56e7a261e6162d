using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class TraceTests
{
    [Fact]
    public async Task Without_a_collector_a_trace_goes_from_the_client_through_the_gateway_into_the_service()
    {
        await using var service = await StartServiceAsync();
        await using var gateway = await StartGatewayAsync(service);
        var trace = ActivityTraceId.CreateRandom();

        var seen = await CallAsync(gateway, trace, "/v1/models");

        seen.ShouldStartWith($"{trace} ");
        seen.ShouldNotContain(ClientSpan);
    }

    [Theory]
    [InlineData("Telemetry:Otlp", "http/protobuf", "/v1/traces", "/v1/logs", "/v1/metrics")]
    [InlineData(
        "OTEL_EXPORTER_OTLP_",
        "grpc",
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")]
    public async Task With_a_collector_both_processes_export_spans_of_one_trace_and_logs_and_metrics(
        string setting, string protocol, string traces, string logs, string metrics)
    {
        await using var collector = await Collector.StartAsync(grpc: protocol == "grpc");
        string[] telemetry =
        [
            $"--{setting}Endpoint={collector.Address}",
            $"--{setting}Protocol={protocol}",
            "--Telemetry:ExportDelay=00:00:00.020",
            "--Telemetry:MetricInterval=00:00:00.100",
            "--Logging:LogLevel:Default=Information",
        ];
        await using var service = await StartServiceAsync(telemetry);
        await using var gateway = await StartGatewayAsync(service, telemetry);
        var trace = ActivityTraceId.CreateRandom();

        var seen = await CallAsync(gateway, trace, "/v1/models");

        seen.ShouldStartWith($"{trace} ");
        var id = Convert.FromHexString(trace.ToHexString());
        await Eventually.Until("both services exported a span of the trace", () =>
            collector.Has(traces, id, "gateway"u8) && collector.Has(traces, id, "streaming"u8));
        await Eventually.Until("the route of the server span is told", () =>
            collector.Has(traces, id, "http.route"u8));
        await Eventually.Until("logs were exported", () =>
            collector.Has(logs, "Application started"u8, "sluice"u8));
        await Eventually.Until("metrics were exported", () =>
            collector.Has(metrics, "http.server.request.duration"u8, "service.instance.id"u8));
    }

    [Fact]
    public async Task Probes_and_scrapes_start_no_traces()
    {
        await using var collector = await Collector.StartAsync();
        string[] telemetry =
            [$"--Telemetry:OtlpEndpoint={collector.Address}", "--Telemetry:ExportDelay=00:00:00.020"];
        await using var service = await StartServiceAsync(telemetry);
        await using var gateway = await StartGatewayAsync(service, telemetry);
        using var scraper = new HttpClient { BaseAddress = gateway.Internal };
        await scraper.GetStringAsync("/metrics");
        await Eventually.Until("the gateway probed the service", async () =>
            (await scraper.GetAsync("/healthz/ready")).IsSuccessStatusCode);

        // A real request after them: when its span has arrived, theirs would have too.
        var trace = ActivityTraceId.CreateRandom();
        await CallAsync(gateway, trace, "/v1/models");

        var id = Convert.FromHexString(trace.ToHexString());
        await Eventually.Until("the request's span arrived", () => collector.Has("/v1/traces", id, "streaming"u8));
        collector.Has("/v1/traces", "/healthz/ready"u8, ""u8).ShouldBeFalse();
        collector.Has("/v1/traces", "/metrics"u8, ""u8).ShouldBeFalse();
    }

    private const string ClientSpan = "00f067aa0ba902b7";

    private static async Task<string> CallAsync(TestGateway gateway, ActivityTraceId trace, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("traceparent", $"00-{trace}-{ClientSpan}-01");
        return await (await gateway.Client.SendAsync(request)).Content.ReadAsStringAsync();
    }

    private static Task<TestGateway> StartGatewayAsync(WebApplication service, params string[] args)
    {
        var address = service.ListenerAddress(ListenerKind.Internal);
        return TestGateway.StartAsync(
            [
                $"--ReverseProxy:Clusters:streaming:Destinations:a:Address={address}",
                $"--ReverseProxy:Clusters:scheduler:Destinations:a:Address={address}",
                .. args,
            ]);
    }

    /// <summary>
    /// A service with the common defaults, which answers with the trace and parent span that it sees.
    /// </summary>
    private static async Task<WebApplication> StartServiceAsync(params string[] args)
    {
        var builder = WebApplication.CreateBuilder(
            [
                "--environment=Development",
                "--Internal:Url=http://127.0.0.1:0",
                "--Logging:LogLevel:Default=Error",
                .. args,
            ]);
        builder.AddServiceDefaults("streaming");
        var app = builder.Build();
        app.UseInternalCaller();
        app.MapServiceDefaults();
        app.MapGet("/v1/models", () => $"{Activity.Current?.TraceId} {Activity.Current?.ParentSpanId}");
        await app.StartAsync();
        return app;
    }
}
