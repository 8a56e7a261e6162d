using Microsoft.Extensions.Logging;
using Polly;
using Polly.CircuitBreaker;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.Inference.Telemetry;

namespace Sluice.Inference.Resilience;

/// <summary>
/// The circuit breaker of one provider: closed, it counts failures (<see cref="FailureEffects.IsOutage"/>); open, it
/// refuses calls at once; after the break, half-open, it lets one call through, whose outcome closes or opens it.
/// Thread-safe.
/// </summary>
internal sealed partial class ProviderCircuit
{
    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline<ModelFailure?> _pipeline;
    private readonly InferenceTelemetry _telemetry;
    private readonly ILogger _logger;
    private readonly string _provider;

    public ProviderCircuit(
        string provider, CircuitOptions options, InferenceTelemetry telemetry, TimeProvider time, ILogger logger)
    {
        (_provider, _telemetry, _logger) = (provider, telemetry, logger);
        var strategy = new CircuitBreakerStrategyOptions<ModelFailure?>
        {
            FailureRatio = options.FailureRatio,
            SamplingDuration = options.SamplingDuration,
            MinimumThroughput = options.MinimumThroughput,
            BreakDuration = options.BreakDuration,
            StateProvider = _state,
            ShouldHandle = call => ValueTask.FromResult(IsFailed(call.Outcome)),
            OnOpened = call => Opened(call.Outcome.Result, call.BreakDuration),
            OnHalfOpened = _ => HalfOpened(),
            OnClosed = _ => Closed(),
        };
        _pipeline = new ResiliencePipelineBuilder<ModelFailure?> { TimeProvider = time }
            .AddCircuitBreaker(strategy)
            .Build();
        telemetry.Watch(provider, () => _state.CircuitState switch
        {
            CircuitState.Closed => 0,
            CircuitState.HalfOpen => 1,
            _ => 2,
        });
    }

    /// <summary>Makes a call unless the circuit is open.</summary>
    /// <returns>
    /// The call's failure, null for a success, or <see cref="ModelFailureKind.CircuitOpen"/> when it was not made.
    /// </returns>
    public async ValueTask<ModelFailure?> CallAsync(Func<ValueTask<ModelFailure?>> call)
    {
        try
        {
            // The call watches its own token: a cancelled one is an outcome as well.
            return await _pipeline.ExecuteAsync(static (made, _) => made(), call, CancellationToken.None)
                .ConfigureAwait(false);
        }
        catch (BrokenCircuitException exception)
        {
            return IsOpen(exception.RetryAfter);
        }
    }

    /// <summary>
    /// Counts a failure after the call has counted as a success: a stream that broke. An open circuit is left alone,
    /// so that it does not pass for the probe.
    /// </summary>
    public async ValueTask CountAsync(ModelFailure failure)
    {
        if (_state.CircuitState == CircuitState.Closed)
        {
            await CallAsync(() => ValueTask.FromResult<ModelFailure?>(failure)).ConfigureAwait(false);
        }
    }

    private static ModelFailure IsOpen(TimeSpan? rest) =>
        new(ModelFailureKind.CircuitOpen, "The model provider is failing and is not asked for now; try again shortly.")
        {
            RetryAfter = rest > TimeSpan.Zero ? rest : null,
        };

    /// <summary>
    /// A probe whose caller has left tells nothing of the provider: the circuit stays open for another break. Closed,
    /// such a call counts as none of the failures.
    /// </summary>
    private bool IsFailed(Outcome<ModelFailure?> outcome) => outcome.Exception is null
        ? outcome.Result?.IsOutage() == true
        : _state.CircuitState == CircuitState.HalfOpen;

    private ValueTask Opened(ModelFailure? failure, TimeSpan rest)
    {
        Log.Opened(_logger, _provider, rest, failure?.Kind.ToString() ?? "cancelled");
        _telemetry.CircuitChanged(_provider, "open");
        return ValueTask.CompletedTask;
    }

    private ValueTask HalfOpened()
    {
        Log.HalfOpened(_logger, _provider);
        _telemetry.CircuitChanged(_provider, "half_open");
        return ValueTask.CompletedTask;
    }

    private ValueTask Closed()
    {
        Log.Closed(_logger, _provider);
        _telemetry.CircuitChanged(_provider, "closed");
        return ValueTask.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(
            1, LogLevel.Warning, "Provider {Provider} keeps failing: its circuit is open for {Break}, last: {Failure}")]
        public static partial void Opened(ILogger logger, string provider, TimeSpan @break, string failure);

        [LoggerMessage(2, LogLevel.Information, "Provider {Provider} is probed: its circuit is half-open")]
        public static partial void HalfOpened(ILogger logger, string provider);

        [LoggerMessage(3, LogLevel.Warning, "Provider {Provider} answers again: its circuit is closed")]
        public static partial void Closed(ILogger logger, string provider);
    }
}
