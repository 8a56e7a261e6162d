using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Telemetry;
using Xunit;

namespace Sluice.Tests.Unit.ServiceDefaults;

public sealed class TelemetryVariablesTests
{
    private static readonly string[] s_standard =
    [
        "--OTEL_EXPORTER_OTLP_ENDPOINT=http://standard:4317",
        "--OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        "--OTEL_EXPORTER_OTLP_HEADERS=api-key=s%20s",
    ];

    [Fact]
    public void The_standard_variables_are_the_defaults()
    {
        var options = Options(s_standard);

        options.OtlpEndpoint.ShouldBe("http://standard:4317");
        options.OtlpProtocol.ShouldBe("grpc");
        options.OtlpHeaders.ShouldBe("api-key=s%20s");
    }

    [Fact]
    public void A_collector_of_our_own_gets_neither_the_protocol_nor_the_headers_of_the_standard_one()
    {
        var options = Options([.. s_standard, "--Telemetry:OtlpEndpoint=http://own:4318"]);

        options.OtlpEndpoint.ShouldBe("http://own:4318");
        options.OtlpProtocol.ShouldBe("http/protobuf");
        options.OtlpHeaders.ShouldBeEmpty();
    }

    [Fact]
    public void A_setting_comes_before_its_variable()
    {
        var options = Options([.. s_standard, "--Telemetry:OtlpHeaders=api-key=own"]);

        options.OtlpEndpoint.ShouldBe("http://standard:4317");
        options.OtlpHeaders.ShouldBe("api-key=own");
    }

    [Fact]
    public void A_standard_protocol_counts_only_with_an_endpoint() =>
        Options(["--OTEL_EXPORTER_OTLP_PROTOCOL=http/json"]).OtlpProtocol.ShouldBe("http/protobuf");

    [Fact]
    public void A_standard_protocol_that_is_not_spoken_here_is_refused_at_start() =>
        Should.Throw<OptionsValidationException>(() => Options(
            [s_standard[0], "--OTEL_EXPORTER_OTLP_PROTOCOL=http/json"]))
            .Message.ShouldContain("OTEL_EXPORTER_OTLP_PROTOCOL");

    private static TelemetryOptions Options(string[] args)
    {
        var builder = WebApplication.CreateBuilder(["--environment=Development", .. args]);
        builder.AddServiceDefaults("gateway");
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<TelemetryOptions>>().Value;
    }
}
