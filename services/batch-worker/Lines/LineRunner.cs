using System.Diagnostics;
using System.Globalization;
using System.Text;
using Sluice.BatchStore.Lines;
using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Durability.Faults;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>Runs one line to its final result. Thread-safe.</summary>
internal sealed partial class LineRunner(
    IModelCatalog catalog, LineCalls calls, WorkerTelemetry telemetry, IFaultPoints faults, ILogger<LineRunner> logger)
{
    /// <summary>
    /// Returns null when the line is given back: the shard stopped before there was a final result, or the provider is
    /// parked. Never throws.
    /// </summary>
    public async ValueTask<LineResult?> RunAsync(ShardRun run, long number, BatchRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            if (faults is not NoFaultPoints)
            {
                var id = Encoding.UTF8.GetString(request.CustomId.Span).Trim('"');
                await faults.ReachAsync($"worker.line.{id}", run.Aborted);
            }

            if (Refusal(run, number, request, out var chat, out var provider) is { } refusal)
            {
                return refusal;
            }

            if (await calls.CallAsync(run, chat!, provider!) is not { } last)
            {
                return null;
            }

            telemetry.LineEnded(Stopwatch.GetElapsedTime(started));
            return Answers.Result(last.Answer) with
            {
                Attempts = (last.Failed?.Count ?? 0) + (last.Answer.IsSuccess ? 1 : 0),
                Failed = last.Failed,
            };
        }
        catch (OperationCanceledException) when (run.Stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            // The boundary of a line: whatever went wrong belongs to this line and must not end the others.
            Log.LineFailed(logger, exception, number, run.Key.BatchId);
            return LineResult.Error("internal_error", "The line could not be run because of an internal error.");
        }
    }

    /// <summary>Why the line cannot be sent at all; null when it can.</summary>
    private LineResult? Refusal(
        ShardRun run, long number, BatchRequest request, out ChatRequest? chat, out IModelProvider? provider)
    {
        (chat, provider) = (null, null);
        if (request.Body.IsEmpty)
        {
            return LineResult.Error("invalid_request", "The line is not a JSON object with an object 'body'.");
        }

        // The same line has the same id, however often it runs.
        var id = string.Create(CultureInfo.InvariantCulture, $"chatcmpl-{run.Key.BatchId:N}{number:x8}");
        if (!ChatRequest.TryRead(id, request.Body, out chat, out var error))
        {
            return LineResult.Error("invalid_request", error.Message);
        }

        if (chat.Stream)
        {
            return LineResult.Error("invalid_request", "'stream' must not be true in a batch.");
        }

        return catalog.TryResolve(chat.Model, out provider)
            ? null
            : LineResult.Error("model_not_found", $"The model '{chat.Model}' does not exist.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Line {Line} of batch {BatchId} failed with an unexpected error")]
        public static partial void LineFailed(ILogger logger, Exception exception, long line, Guid batchId);
    }
}
