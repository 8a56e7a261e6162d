using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>
/// Calls a provider until an answer is final. A line holds a slot only during a call, never while it waits for the next
/// attempt. Thread-safe.
/// </summary>
internal sealed class LineCalls(LineGate gate, LineRetry retry, WorkerTelemetry telemetry, TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>The final answer, and how many calls it took.</summary>
    /// <exception cref="OperationCanceledException">The shard stopped before there was a final answer.</exception>
    public async ValueTask<(ModelAnswer Answer, int Calls)> CallAsync(
        ShardRun run, ChatRequest chat, IModelProvider provider)
    {
        LineAttempts? history = null;
        for (var calls = 1; ; calls++)
        {
            await gate.EnterAsync(provider, run.Stopping);
            var attempts = history ?? new(time.GetElapsedTime(_origin));
            ModelAnswer answer;
            telemetry.CallStarted();
            try
            {
                run.Stopping.ThrowIfCancellationRequested();
                answer = await provider.CompleteAsync(chat, run.Aborted);
            }
            finally
            {
                telemetry.CallEnded();
                gate.Leave(provider);
            }

            if (answer.IsSuccess || retry.Next(answer, ref attempts, time.GetElapsedTime(_origin)) is not { } wait)
            {
                return (answer, calls);
            }

            history = attempts;
            telemetry.LineRetried();
            await Task.Delay(wait, time, run.Stopping);
        }
    }
}
