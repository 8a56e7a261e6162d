using Sluice.BatchStore.Results;
using Sluice.BatchWorker.Flow;
using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Inference.Providers;
using Sluice.Tasks;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// Calls a provider until an answer is final, or until the provider is parked, or has limited the line for long: then
/// the line is given back, and none of its attempts counts. A line holds a place only during a call, never while it
/// waits for the next one. Thread-safe.
/// </summary>
internal sealed class LineCalls(
    ProviderFlows flows, LineRetry retry, ParkedShards parked, WorkerTelemetry telemetry, TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>The final answer; null when the line is given back.</summary>
    /// <param name="run">The shard that the line is of.</param>
    /// <param name="line">The line; it begins with its first place.</param>
    /// <param name="id">Its id.</param>
    /// <param name="call">What to attempt.</param>
    /// <param name="maxAttempts">Attempts that the line asks for; null for the configured number.</param>
    /// <exception cref="OperationCanceledException">
    /// The shard stopped before there was a final answer, or its slice was over before the line had begun.
    /// </exception>
    public async ValueTask<LineAnswer?> CallAsync(
        ShardRun run, LineInHand line, string id, TaskCall call, int? maxAttempts)
    {
        var flow = flows.Of(call);
        if (run.TakeBack(flow.Name))
        {
            flow.ProbeNow();
        }

        LineAttempts? history = null;
        FailedAttempts? failed = null;
        LineOutage? outage = null;
        while (true)
        {
            var place = await flows.EnterAsync(
                flow, id, run.Class, line.HasBegun ? run.Stopping : run.Sliced);
            line.Begin();
            var attempts = history ?? new(time.GetElapsedTime(_origin), maxAttempts);
            var answer = place is { } granted
                ? await CallAsync(run, call, flow, granted)
                : Refusal(flow);
            outage ??= SignalOf(run, flow, id, answer) == CallSignal.Outage
                ? new(id, time.GetTimestamp())
                : null;
            if (answer.IsSuccess)
            {
                return new(answer, failed);
            }

            var wait = retry.Next(answer, ref attempts, time.GetElapsedTime(_origin));
            if (IsGivenBack(run, flow, id, answer, wait is null ? outage : null))
            {
                return null;
            }

            var mayGoBack = run.MayWaitForLimits && LineRetry.IsLimit(answer);
            if (wait is null && mayGoBack)
            {
                run.ParkLimited(flow.Limited(LineRetry.Asked(answer), run.LimitedRuns));
                return null;
            }

            failed ??= new();
            failed.Add(answer.AsFailure()!.ErrorType());
            if (wait is null)
            {
                return new(answer, failed);
            }

            history = attempts;
            telemetry.LineRetried();
            var waits = time.GetTimestamp();
            await WaitAsync(run, flow, wait.Value, mayGoBack ? run.Sliced : run.Stopping);
            if (mayGoBack && run.Sliced.IsCancellationRequested)
            {
                // It would keep the shard's place only to wait.
                run.ParkLimited(flow.Limited(wait.Value - time.GetElapsedTime(waits), run.LimitedRuns));
                return null;
            }
        }
    }

    private static ModelAnswer Refusal(ProviderFlow flow) => new()
    {
        Failure = new(ModelFailureKind.CircuitOpen, "The model provider does not answer, or refuses everything.")
        {
            RetryAfter = flow.Park?.Rest,
        },
    };

    private async ValueTask<ModelAnswer> CallAsync(
        ShardRun run, TaskCall call, ProviderFlow flow, CallPlace place)
    {
        var signal = CallSignal.None;
        TimeSpan? asked = null;
        telemetry.CallStarted();
        try
        {
            run.Stopping.ThrowIfCancellationRequested();
            var answer = await call.AttemptAsync(run.Aborted);
            signal = SignalOf(run, flow, place.Line, answer);
            asked = answer.RetryAfter ?? answer.Failure?.RetryAfter;
            return answer;
        }
        finally
        {
            telemetry.CallEnded();
            if (signal == CallSignal.Limited)
            {
                telemetry.CallLimited(run.Lease);
            }

            if (flows.Leave(flow, place, signal, asked))
            {
                parked.BringBack(flow.Name, run.Key);
            }
        }
    }

    /// <summary>A 500, or an outage, that is the line's own says that the provider lives.</summary>
    private static CallSignal SignalOf(ShardRun run, ProviderFlow flow, string line, ModelAnswer answer) =>
        CallSignals.Of(answer) is var signal
        && ((signal == CallSignal.Error && run.OwnsErrors) || (signal == CallSignal.Outage && flow.OwnsOutage(line)))
            ? CallSignal.Alive
            : signal;

    /// <summary>
    /// A provider that is down, limits everything or is out of quota is nobody's failure. It may be down even if too
    /// few calls were made for its circuit to open, or for a run of failures.
    /// </summary>
    /// <param name="run">The shard that the line is of.</param>
    /// <param name="flow">The provider.</param>
    /// <param name="line">The line's id.</param>
    /// <param name="answer">What came.</param>
    /// <param name="last">Set when there is no further attempt, and the provider seems to be down.</param>
    private static bool IsGivenBack(
        ShardRun run, ProviderFlow flow, string line, ModelAnswer answer, LineOutage? last)
    {
        var signal = SignalOf(run, flow, line, answer);
        if (!run.MayPark || signal is CallSignal.Alive)
        {
            return false;
        }

        // A time-out is as likely of the line, whose answer may take too long: it costs attempts until many in a row
        // show that the provider is down.
        if (last is { } outage && signal == CallSignal.Outage && answer.Failure?.Kind != ModelFailureKind.TimedOut)
        {
            flow.FailedAlone(outage, answer.Failure?.Kind == ModelFailureKind.Unreachable);
        }

        return flow.Park is { } park && run.Park(park);
    }

    /// <summary>A line that may be given back does not wait longer than until its provider is parked.</summary>
    private async Task WaitAsync(ShardRun run, ProviderFlow flow, TimeSpan wait, CancellationToken until)
    {
        var waiting = run.MayPark
            ? flow.Parked.WaitAsync(wait, time, until)
            : Task.Delay(wait, time, until);
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        run.Stopping.ThrowIfCancellationRequested();
    }
}
