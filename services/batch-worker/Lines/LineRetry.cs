using Microsoft.Extensions.Options;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// Whether and when a line is tried again. 408, 5xx, time-outs, broken and refused connections cost an attempt; 429, a
/// full provider and one whose circuit is open cost none, but a line keeps its place in a worker only for so long.
/// Everything else is final.
/// </summary>
internal sealed class LineRetry(IOptions<WorkerOptions> options)
{
    private readonly WorkerOptions _options = options.Value;

    /// <summary>
    /// How long to wait before the next attempt; null when this answer is the final one, or one of
    /// <see cref="IsLimit"/> with which the line has waited long enough here.
    /// </summary>
    /// <param name="answer">The answer just received.</param>
    /// <param name="attempts">The line's history, brought up to date.</param>
    /// <param name="now">Monotonic time.</param>
    public TimeSpan? Next(ModelAnswer answer, ref LineAttempts attempts, TimeSpan now)
    {
        var wait = IsLimit(answer) || answer.Failure?.Kind is ModelFailureKind.CircuitOpen
            ? AfterRateLimit(answer, ref attempts, now)
            : AfterFailure(answer, ref attempts);
        return now + wait - attempts.Started <= _options.RetryFor ? wait : null;
    }

    /// <summary>Whether it refuses the rate or the number of calls, and says nothing of the line.</summary>
    public static bool IsLimit(ModelAnswer answer) =>
        answer.Status == 429 || answer.Failure?.Kind is ModelFailureKind.Full;

    /// <summary>How long the provider asked to wait; 0 when it did not.</summary>
    public static TimeSpan Asked(ModelAnswer answer) =>
        answer.RetryAfter ?? answer.Failure?.RetryAfter ?? TimeSpan.Zero;

    private TimeSpan? AfterRateLimit(ModelAnswer answer, ref LineAttempts attempts, TimeSpan now)
    {
        var since = attempts.Limited == 0 ? now : attempts.LimitedSince;
        attempts = attempts with { Limited = attempts.Limited + 1, LimitedSince = since };
        var asked = Asked(answer);
        var wait = asked > TimeSpan.Zero ? Jittered(asked, 1.0, 1.1) : BackOff(attempts.Limited);
        return now + wait - since <= _options.RateLimitedFor ? wait : null;
    }

    private TimeSpan? AfterFailure(ModelAnswer answer, ref LineAttempts attempts)
    {
        if (answer.Failure is { IsFinal: true } || (answer.Failure is null && answer.Status is not (408 or >= 500)))
        {
            return null;
        }

        attempts = new(attempts.Started, attempts.Allowed, attempts.Failed + 1);
        if (attempts.Failed >= (attempts.Allowed ?? _options.MaxAttempts))
        {
            return null;
        }

        var (backOff, asked) = (BackOff(attempts.Failed), Asked(answer));
        return asked > backOff ? asked : backOff;
    }

    /// <summary>Half of it is random, so that lines that failed together do not come back together.</summary>
    private TimeSpan BackOff(int failures)
    {
        var exponential = _options.RetryDelay * Math.Pow(2, Math.Min(failures - 1, 30));
        return Jittered(exponential < _options.MaxRetryDelay ? exponential : _options.MaxRetryDelay, 0.5, 1.0);
    }

    private static TimeSpan Jittered(TimeSpan span, double from, double to) =>
        span * (from + ((to - from) * Random.Shared.NextDouble()));
}
