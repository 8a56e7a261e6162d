using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Telemetry;
using Xunit;

namespace Sluice.Tests.Unit.Inference.Resilience;

public sealed class ProviderQueueTests : IDisposable
{
    private readonly TaskCompletionSource _gate = new();
    private readonly ScriptedBackend _backend;
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public ProviderQueueTests() => _backend = new("only") { Tokens = 1, Gate = _gate.Task };

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_call_past_the_bound_waits_for_a_place()
    {
        using var provider = Provider(new() { MaxConcurrency = 1, QueueTimeout = TimeSpan.FromMinutes(1) });
        var first = CompleteAsync(provider);
        provider.IsFull.ShouldBeTrue();
        var second = CompleteAsync(provider);

        _backend.Calls.ShouldBe(1);
        second.IsCompleted.ShouldBeFalse();
        _gate.SetResult();

        (await first).ShouldBeNull();
        (await second).ShouldBeNull();
        (_backend.Calls, provider.IsFull).ShouldBe((2, false));
    }

    [Fact]
    public async Task One_past_the_queue_fails_at_once_and_one_that_waited_too_long_later()
    {
        using var provider = Provider(
            new() { MaxConcurrency = 1, QueueLength = 1, QueueTimeout = TimeSpan.FromMilliseconds(50) });
        var first = CompleteAsync(provider);
        var second = CompleteAsync(provider);

        (await CompleteAsync(provider)).ShouldBe(ModelFailureKind.Full);
        (await second).ShouldBe(ModelFailureKind.Full);

        _gate.SetResult();
        (await first).ShouldBeNull();
        (await CompleteAsync(provider)).ShouldBeNull("who gave up holds no place");
    }

    [Fact]
    public async Task Who_leaves_the_queue_holds_no_place()
    {
        using var provider = Provider(new() { MaxConcurrency = 1, QueueTimeout = TimeSpan.FromMinutes(1) });
        using var left = new CancellationTokenSource();
        var first = CompleteAsync(provider);
        var second = CompleteAsync(provider, left.Token);
        await left.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        _gate.SetResult();
        (await first).ShouldBeNull();
        (await CompleteAsync(provider)).ShouldBeNull();
    }

    private static async Task<ModelFailureKind?> CompleteAsync(
        InstrumentedProvider provider, CancellationToken cancellation = default) =>
        (await provider.CompleteAsync(TestProviders.Request("x"), cancellation)).AsFailure()?.Kind;

    private InstrumentedProvider Provider(ProviderOptions options) => new(
        _backend, options, new(_services.GetRequiredService<IMeterFactory>()), NullLogger.Instance);
}
