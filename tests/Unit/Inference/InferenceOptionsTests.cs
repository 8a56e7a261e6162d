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
    public void A_model_of_several_providers_is_there_once_with_what_all_of_them_keep()
    {
        using var services = TestProviders.Services(
            Far("BaseUrl", "http://h/v1"),
            Far("Models:0", "m"),
            Far("MaxConcurrency", "5"),
            Far("Continuation", "AssistantPrefix"),
            Far("Durability", "None"),
            ("Inference:Providers:near:BaseUrl", "http://n/v1"),
            ("Inference:Providers:near:Models:0", "m"),
            ("Inference:Providers:near:Models:1", "sluice-sim"),
            ("Inference:Providers:near:MaxConcurrency", "7"),
            ("Inference:Providers:near:Priority", "-1"));
        var catalog = services.GetRequiredService<IModelCatalog>();

        catalog.TryResolve("m", out var model).ShouldBeTrue();
        catalog.TryResolve("sluice-sim", out var simulated).ShouldBeTrue();

        Models(services).ShouldBe(["m", "sluice-sim"]);
        catalog.Models[0].ShouldBe(new("m", "near", Continuation.None));
        model.Name.ShouldBe("near+far");
        model.MaxConcurrency.ShouldBe(12);
        model.Durability.ShouldBe(StreamDurability.BeforeDelivery);
        model.Continuation.ShouldBe(Continuation.None);
        simulated.Name.ShouldBe("near+sluice-sim");
    }

    [Fact]
    public void Providers_of_equal_priority_go_by_name_and_keep_what_they_agree_on()
    {
        using var services = TestProviders.Services(
            ("Inference:Providers:b:Kind", "Simulated"),
            ("Inference:Providers:b:Models:0", "m"),
            ("Inference:Providers:b:Continuation", "Deterministic"),
            ("Inference:Providers:b:Durability", "None"),
            ("Inference:Providers:A:Kind", "Simulated"),
            ("Inference:Providers:A:Models:0", "m"),
            ("Inference:Providers:A:Continuation", "Deterministic"),
            ("Inference:Providers:A:Durability", "None"));

        services.GetRequiredService<IModelCatalog>().TryResolve("m", out var model).ShouldBeTrue();

        model.Name.ShouldBe("A+b");
        model.Continuation.ShouldBe(Continuation.Deterministic);
        model.Durability.ShouldBe(StreamDurability.None);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        var errors = Errors(
            Far("BaseUrl", "ftp://h"),
            Far("ApiKey", "with space"),
            Far("MaxConcurrency", "0"),
            Far("QueueLength", "-1"),
            Far("QueueTimeout", "00:02:00"),
            Far("MaxLineBytes", "10"),
            Far("GapTimeout", "00:00:00"),
            Far("Priority", "1001"),
            Far("VersionPolicy", "RequestVersionOrHigher"),
            Far("Circuit:FailureRatio", "0"),
            Far("Circuit:SamplingDuration", "00:00:00.5"),
            Far("Circuit:MinimumThroughput", "1"),
            Far("Circuit:BreakDuration", "02:00:00"),
            ("Inference:Providers:sim:Kind", "Simulated"),
            ("Inference:Providers:sim:BaseUrl", "http://h/v1"),
            ("Inference:Providers:twice:BaseUrl", "http://h/v1"),
            ("Inference:Providers:twice:Models:0", "m"),
            ("Inference:Providers:twice:Models:1", "m"));

        string[] keys =
        [
            "BaseUrl", "ApiKey", "MaxConcurrency", "QueueLength", "QueueTimeout", "MaxLineBytes", "GapTimeout",
            "Models", "Priority", "VersionPolicy",
            "Circuit:FailureRatio", "Circuit:SamplingDuration", "Circuit:MinimumThroughput", "Circuit:BreakDuration",
        ];
        foreach (var expected in keys)
        {
            errors.ShouldContain(e => e.Contains("Providers:far") && e.Contains(expected), expected);
        }

        errors.ShouldContain(e => e.Contains("Providers:sim") && e.Contains("no BaseUrl"));
        errors.ShouldContain(e => e.Contains("Providers:sim:Models"));
        errors.ShouldContain(e => e.Contains("Providers:twice:Models") && e.Contains("'m'"));
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
