using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Resilience;
using Sluice.Inference.Telemetry;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Resilience;

public sealed class FallbackProviderTests : IDisposable
{
    private readonly ScriptedBackend _first = new("first") { Tokens = 2 };
    private readonly ScriptedBackend _second = new("second") { Tokens = 3 };
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FallbackProvider _both;

    public FallbackProviderTests()
    {
        var telemetry = new InferenceTelemetry(_services.GetRequiredService<IMeterFactory>());
        var options = new ProviderOptions { MaxConcurrency = 1, QueueLength = 0 };
        _both = new(
            [
                new InstrumentedProvider(_first, options, telemetry, NullLogger.Instance),
                new InstrumentedProvider(_second, options, telemetry, NullLogger.Instance),
            ],
            telemetry);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task The_first_provider_is_asked_alone_while_it_answers()
    {
        (await StreamAsync()).ShouldBe("r0 c0 c1");
        (await CompleteAsync()).ShouldBeNull();

        _second.Calls.ShouldBe(0);
    }

    [Theory]
    [InlineData(ModelFailureKind.Unreachable, 0)]
    [InlineData(ModelFailureKind.TimedOut, 0)]
    [InlineData(ModelFailureKind.Cut, 0)]
    [InlineData(ModelFailureKind.Garbage, 0)]
    [InlineData(ModelFailureKind.CircuitOpen, 0)]
    [InlineData(ModelFailureKind.Refused, 401)]
    [InlineData(ModelFailureKind.Refused, 429)]
    [InlineData(ModelFailureKind.Refused, 500)]
    public async Task The_next_one_is_asked_when_the_first_cannot_answer(ModelFailureKind kind, int status)
    {
        (_first.Failure, _first.Tokens) = (Failure(kind, status), 0);

        (await StreamAsync()).ShouldBe("r0 c0 c1 c2", "not even the first one's role is delivered");
        (await CompleteAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData(ModelFailureKind.Refused, 400)]
    [InlineData(ModelFailureKind.Refused, 404)]
    [InlineData(ModelFailureKind.Refused, 422)]
    [InlineData(ModelFailureKind.Diverged, 0)]
    public async Task What_another_provider_cannot_cure_is_final(ModelFailureKind kind, int status)
    {
        (_first.Failure, _first.Tokens) = (Failure(kind, status), 0);

        (await StreamAsync()).ShouldBe($"{kind}");
        (await CompleteAsync()).ShouldBe(kind);
        _second.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task After_the_first_token_a_failure_is_final()
    {
        _first.Failure = Failure(ModelFailureKind.Cut, 0);

        (await StreamAsync()).ShouldBe("r0 c0 c1 Cut");
        _second.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task When_all_fail_the_last_failure_is_told()
    {
        (_first.Failure, _first.Tokens) = (Failure(ModelFailureKind.Unreachable, 0), 0);
        (_second.Failure, _second.Tokens) = (Failure(ModelFailureKind.TimedOut, 0), 0);

        (await StreamAsync()).ShouldBe("TimedOut");
        (await CompleteAsync()).ShouldBe(ModelFailureKind.TimedOut);
    }

    [Fact]
    public async Task A_full_provider_passes_on_to_the_next_and_both_together_are_the_bound()
    {
        var gate = new TaskCompletionSource();
        (_first.Gate, _second.Gate) = (gate.Task, gate.Task);
        var (one, two) = (CompleteAsync(), CompleteAsync());

        (await CompleteAsync()).ShouldBe(ModelFailureKind.Full);
        gate.SetResult();

        (await one).ShouldBeNull();
        (await two).ShouldBeNull();
        (_first.Calls, _second.Calls, _both.MaxConcurrency).ShouldBe((1, 1, 2));
    }

    private static ModelFailure Failure(ModelFailureKind kind, int status) =>
        new(kind, "it failed") { Status = status };

    private async Task<ModelFailureKind?> CompleteAsync() =>
        (await _both.CompleteAsync(TestProviders.Request("x"), default)).AsFailure()?.Kind;

    private async Task<string> StreamAsync()
    {
        var seen = new List<string>();
        try
        {
            await foreach (var chunk in _both.StreamAsync(TestProviders.Request("x", ",\"stream\":true"), default))
            {
                seen.Add(Encoding.UTF8.GetString(chunk.Json.Span));
            }
        }
        catch (ModelFailureException exception)
        {
            seen.Add($"{exception.Failure.Kind}");
        }

        return string.Join(' ', seen);
    }
}
