using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Gateway;
using Xunit;

namespace Sluice.Tests.Integration.Gateway;

public sealed class StartTests
{
    private const string GoodSecret = "--Internal:Secret=0123456789abcdef";

    [Fact]
    public void Production_without_a_secret_and_without_keys_is_refused_with_both_reasons()
    {
        var refusal = Refused("--environment=Production");

        refusal.ShouldContain("Internal:Secret is not set");
        refusal.ShouldContain("Identity:Keys is empty");
    }

    [Fact]
    public void Production_with_the_development_secret_is_refused() =>
        Refused("--environment=Production", "--Internal:Secret=sluice-development-secret")
            .ShouldContain("development secret");

    [Fact]
    public void Every_fault_of_every_key_is_reported_and_no_hash_is_quoted()
    {
        var hash = new string('a', 64);

        var refusal = Refused(
            "--environment=Production",
            GoodSecret,
            "--Identity:Keys:0:Sha256=sk-plain-key",
            "--Identity:Keys:0:Tenant=",
            "--Identity:Keys:0:Rights:0=everything",
            $"--Identity:Keys:1:Sha256={hash}",
            "--Identity:Keys:1:Tenant=t",
            "--Identity:Keys:1:Rights:0=inference",
            $"--Identity:Keys:2:Sha256={hash.ToUpperInvariant()}",
            "--Identity:Keys:2:Tenant=t t",
            "--Identity:Keys:2:Unknown=1");

        refusal.ShouldContain("Unknown");
        refusal = Refused(
            "--environment=Production",
            GoodSecret,
            "--Identity:Keys:0:Sha256=sk-plain-key",
            "--Identity:Keys:0:Tenant=",
            "--Identity:Keys:0:Rights:0=everything",
            $"--Identity:Keys:1:Sha256={hash}",
            "--Identity:Keys:1:Tenant=t",
            "--Identity:Keys:1:Rights:0=inference",
            $"--Identity:Keys:2:Sha256={hash.ToUpperInvariant()}",
            "--Identity:Keys:2:Tenant=t t");
        refusal.ShouldContain("Identity:Keys:0:Sha256 is not 64 hex digits");
        refusal.ShouldContain("Identity:Keys:0:Tenant");
        refusal.ShouldContain("unknown right 'everything'");
        refusal.ShouldContain("Identity:Keys:2:Sha256 is the same as that of Identity:Keys:1");
        refusal.ShouldContain("Identity:Keys:2:Tenant 't t'");
        refusal.ShouldContain("Identity:Keys:2:Rights is empty");
        refusal.ShouldNotContain("sk-plain-key");
        refusal.ShouldNotContain(hash);
    }

    [Theory]
    [InlineData("--Limits:MaxRequestByte=5", "MaxRequestByte")]
    [InlineData("--Limits:MaxConcurrent=0", "MaxConcurrent")]
    [InlineData("--Gateway:Public=x", "Public")]
    [InlineData("--Gateway:PublicUrl=ftp://127.0.0.1:1", "Gateway:PublicUrl")]
    [InlineData("--Gateway:PublicUrl=8080", "Gateway:PublicUrl")]
    [InlineData("--Internal:Url=https://127.0.0.1:1", "Internal:Url")]
    [InlineData("--Internal:Url=http://example.org:1", "Internal:Url")]
    [InlineData("--Routing:ResolvePeriod=00:00:00", "ResolvePeriod")]
    [InlineData("--Http:MaxConnections=0", "MaxConnections")]
    [InlineData("--Telemetry:OtlpEndpoint=collector:4317", "Telemetry:OtlpEndpoint")]
    [InlineData("--Telemetry:SampleRatio=1.5", "SampleRatio")]
    [InlineData("--Metrics:MaxSeriesPerInstrument=0", "MaxSeriesPerInstrument")]
    public void A_setting_that_is_unknown_or_out_of_range_is_refused_by_name(string argument, string name) =>
        Refused("--environment=Development", argument).ShouldContain(name);

    [Fact]
    public void A_protocol_of_telemetry_that_is_unknown_is_refused_where_there_is_a_collector() => Refused(
        "--environment=Development",
        "--Telemetry:OtlpEndpoint=http://127.0.0.1:9",
        "--Telemetry:OtlpProtocol=udp").ShouldContain("Telemetry:OtlpProtocol");

    [Theory]
    [InlineData("--ReverseProxy:Routes:x:Metadata:Other=1", "ReverseProxy:Routes:x:Metadata:Right")]
    [InlineData("--ReverseProxy:Routes:x:Metadata:Right=root", "'root'")]
    public void A_route_that_names_no_known_right_is_refused(string metadata, string reason) =>
        Refused(
            "--environment=Development",
            "--ReverseProxy:Routes:x:ClusterId=streaming",
            "--ReverseProxy:Routes:x:Match:Path=/v1/x",
            metadata).ShouldContain(reason);

    private static string Refused(params string[] args)
    {
        var refusal = Should.Throw<Exception>(() => GatewayHost.Build(args));
        refusal.ShouldBeAssignableTo<Exception>();
        return refusal is OptionsValidationException options ? options.Message : refusal.ToString();
    }
}
