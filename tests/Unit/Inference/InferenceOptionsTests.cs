using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class InferenceOptionsTests
{
    [Fact]
    public void The_built_in_model_is_there_without_configuration_and_stays_with_it()
    {
        using var none = TestProviders.Services();
        using var some = TestProviders.Services(Far("BaseUrl", "http://h/v1"), Far("Models:0", "m"));

        Models(none).ShouldBe(["sluice-sim"]);
        Models(some).ShouldBe(["m", "sluice-sim"]);
    }

    [Fact]
    public void The_built_in_provider_can_be_given_limits_and_models()
    {
        using var services = TestProviders.Services(
            ("Inference:Providers:sluice-sim:Kind", "Simulated"),
            ("Inference:Providers:sluice-sim:MaxConcurrency", "7"),
            ("Inference:Providers:sluice-sim:Models:0", "other"));

        Models(services).ShouldBe(["other", "sluice-sim"]);
        TestProviders.Simulated(services).MaxConcurrency.ShouldBe(7);
    }

    [Fact]
    public void Two_providers_of_one_model_are_refused()
    {
        var errors = Errors(
            Far("BaseUrl", "http://h/v1"),
            Far("Models:0", "m"),
            ("Inference:Providers:near:BaseUrl", "http://n/v1"),
            ("Inference:Providers:near:Models:0", "m"),
            ("Inference:Providers:near:Models:1", "sluice-sim"));

        errors.ShouldContain(e => e.Contains("'m'") && e.Contains("far") && e.Contains("near"));
        errors.ShouldContain(e => e.Contains("'sluice-sim'") && e.Contains("near"));
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var errors = Errors(
            Far("BaseUrl", "ftp://h"),
            Far("ApiKey", "with space"),
            Far("MaxConcurrency", "0"),
            Far("MaxLineBytes", "10"),
            Far("GapTimeout", "00:00:00"),
            ("Inference:Providers:sim:Kind", "Simulated"),
            ("Inference:Providers:sim:BaseUrl", "http://h/v1"));

        string[] keys = ["BaseUrl", "ApiKey", "MaxConcurrency", "MaxLineBytes", "GapTimeout", "Models"];
        foreach (var expected in keys)
        {
            errors.ShouldContain(e => e.Contains("Providers:far") && e.Contains(expected), expected);
        }

        errors.ShouldContain(e => e.Contains("Providers:sim") && e.Contains("no BaseUrl"));
        errors.ShouldContain(e => e.Contains("Providers:sim:Models"));
    }

    [Theory]
    [InlineData("http://h/v1?x=1")]
    [InlineData("http://user:pass@h/v1")]
    [InlineData("/v1")]
    public void A_base_URL_is_absolute_and_plain(string url) =>
        Errors(Far("BaseUrl", url), Far("Models:0", "m")).ShouldHaveSingleItem().ShouldContain("far:BaseUrl");

    [Fact]
    public void An_unknown_key_is_refused()
    {
        using var services = TestProviders.Services(
            Far("BaseUrl", "http://h/v1"), Far("Models:0", "m"), Far("BaseUri", "http://x"));

        Should.Throw<InvalidOperationException>(() => Models(services)).ToString().ShouldContain("BaseUri");
    }

    private static (string Key, string Value) Far(string key, string value) =>
        ($"Inference:Providers:far:{key}", value);

    private static List<string> Models(ServiceProvider services) =>
        [.. services.GetRequiredService<IModelCatalog>().Models.Select(m => m.Id)];

    private static List<string> Errors(params (string Key, string Value)[] configuration)
    {
        using var services = TestProviders.Services(configuration);
        var options = services.GetRequiredService<IOptions<InferenceOptions>>();
        return [.. Should.Throw<OptionsValidationException>(() => options.Value).Failures];
    }
}
