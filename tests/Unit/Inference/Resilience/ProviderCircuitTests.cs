using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Inference.Chat;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Resilience;
using Sluice.Inference.Telemetry;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Resilience;

public sealed class ProviderCircuitTests : IDisposable
{
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(7);

    private readonly ManualTime _time = new();
    private readonly ScriptedBackend _provider = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CircuitBackend _guarded;

    public ProviderCircuitTests()
    {
        var telemetry = new InferenceTelemetry(_services.GetRequiredService<IMeterFactory>());
        var options = new CircuitOptions { MinimumThroughput = 4, BreakDuration = Break };
        _guarded = new(_provider, new("scripted", options, telemetry, _time, NullLogger.Instance));
    }

    public void Dispose() => _services.Dispose();

    [Theory]
    [InlineData(ModelFailureKind.Unreachable, 0)]
    [InlineData(ModelFailureKind.TimedOut, 0)]
    [InlineData(ModelFailureKind.Cut, 0)]
    [InlineData(ModelFailureKind.Refused, 500)]
    [InlineData(ModelFailureKind.Refused, 503)]
    public async Task It_opens_on_failures_of_the_provider(ModelFailureKind kind, int status)
    {
        await FailAsync(kind, status, times: 4);

        (await CompleteAsync()).ShouldBe(ModelFailureKind.CircuitOpen);
        (await StreamAsync()).Failure.ShouldBe(ModelFailureKind.CircuitOpen);
        _provider.Calls.ShouldBe(4, "an open circuit asks nobody");
    }

    [Theory]
    [InlineData(ModelFailureKind.Refused, 400)]
    [InlineData(ModelFailureKind.Refused, 404)]
    [InlineData(ModelFailureKind.Refused, 429)]
    [InlineData(ModelFailureKind.Garbage, 0)]
    public async Task It_stays_closed_on_what_the_caller_can_cause(ModelFailureKind kind, int status)
    {
        await FailAsync(kind, status, times: 10);

        _provider.Calls.ShouldBe(10);
    }

    [Fact]
    public async Task It_stays_closed_on_answers_500_that_are_the_request_s_own()
    {
        _provider.Failure = new ModelFailure(ModelFailureKind.Refused, "it failed") { Status = 500 };
        var own = TestProviders.Request("x").WithOwnErrors(true);
        foreach (var _ in Enumerable.Range(0, 10))
        {
            (await _guarded.CompleteAsync(own, default)).AsFailure()!.Kind.ShouldBe(ModelFailureKind.Refused);
        }

        _provider.Calls.ShouldBe(10);
    }

    [Fact]
    public async Task It_stays_closed_while_most_calls_succeed()
    {
        await FailAsync(ModelFailureKind.Cut, 0, times: 3);
        _provider.Failure = null;
        for (var i = 0; i < 5; i++)
        {
            (await CompleteAsync()).ShouldBeNull();
        }

        await FailAsync(ModelFailureKind.Cut, 0, times: 1);

        (await CompleteAsync()).ShouldBe(ModelFailureKind.Cut);
    }

    [Fact]
    public async Task A_refusal_says_how_long_the_break_lasts()
    {
        await FailAsync(ModelFailureKind.Cut, 0, times: 4);
        _time.Advance(TimeSpan.FromSeconds(3));

        var answer = await _guarded.CompleteAsync(TestProviders.Request("x"), default);

        answer.Failure!.RetryAfter.ShouldBe(TimeSpan.FromSeconds(4));
        var (status, error) = answer.Failure.ToError();
        (status, error.Code).ShouldBe((503, "provider_unavailable"));
    }

    [Fact]
    public async Task After_the_break_one_call_probes_and_closes_it()
    {
        await FailAsync(ModelFailureKind.Cut, 0, times: 4);
        _time.Advance(Break);
        var gate = new TaskCompletionSource();
        (_provider.Failure, _provider.Tokens, _provider.Gate) = (null, 1, gate.Task);

        var probe = StreamAsync();
        (await CompleteAsync()).ShouldBe(ModelFailureKind.CircuitOpen, "the probe is one call");
        gate.SetResult();

        (await probe).Failure.ShouldBeNull();
        (await CompleteAsync()).ShouldBeNull();
        _provider.Calls.ShouldBe(6);
    }

    [Fact]
    public async Task A_probe_that_fails_opens_it_for_another_break()
    {
        await FailAsync(ModelFailureKind.Cut, 0, times: 4);
        _time.Advance(Break);

        (await CompleteAsync()).ShouldBe(ModelFailureKind.Cut);

        (await CompleteAsync()).ShouldBe(ModelFailureKind.CircuitOpen);
        _time.Advance(Break);
        (await CompleteAsync()).ShouldBe(ModelFailureKind.Cut);
    }

    [Fact]
    public async Task A_probe_whose_caller_leaves_does_not_close_it()
    {
        await FailAsync(ModelFailureKind.Cut, 0, times: 4);
        _time.Advance(Break);
        _provider.Gate = new TaskCompletionSource().Task;
        using var leave = new CancellationTokenSource();
        var probe = _guarded.CompleteAsync(TestProviders.Request("x"), leave.Token).AsTask();

        await leave.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => probe);
        (await CompleteAsync()).ShouldBe(ModelFailureKind.CircuitOpen);
    }

    [Fact]
    public async Task A_stream_counts_as_a_success_with_its_first_token_and_as_a_failure_when_it_breaks()
    {
        _provider.Tokens = 2;
        await FailAsync(ModelFailureKind.Cut, 0, times: 1, stream: true);
        (await StreamAsync()).ShouldBe(("r0 c0 c1", ModelFailureKind.Cut));

        // Two successes and two failures.
        (await StreamAsync()).ShouldBe(("", ModelFailureKind.CircuitOpen));
    }

    private async Task FailAsync(ModelFailureKind kind, int status, int times, bool stream = false)
    {
        _provider.Failure = new ModelFailure(kind, "it failed") { Status = status };
        for (var i = 0; i < times; i++)
        {
            (stream ? (await StreamAsync()).Failure : await CompleteAsync()).ShouldBe(kind);
        }
    }

    private async Task<ModelFailureKind?> CompleteAsync() =>
        (await _guarded.CompleteAsync(TestProviders.Request("x"), default)).AsFailure()?.Kind;

    private async Task<(string Chunks, ModelFailureKind? Failure)> StreamAsync()
    {
        var chunks = new List<string>();
        try
        {
            await foreach (var chunk in _guarded.StreamAsync(TestProviders.Request("x", ",\"stream\":true"), default))
            {
                chunks.Add(Encoding.UTF8.GetString(chunk.Json.Span));
            }
        }
        catch (ModelFailureException exception)
        {
            return (string.Join(' ', chunks), exception.Failure.Kind);
        }

        return (string.Join(' ', chunks), null);
    }
}
