using System.Diagnostics;
using System.Text;
using Sluice.BatchStore.Lines;
using Sluice.BatchWorker.Shards;
using Sluice.BatchWorker.Telemetry;
using Sluice.Durability.Faults;
using Sluice.Tasks;

namespace Sluice.BatchWorker.Lines;

/// <summary>Runs one line, by the handler of its endpoint or type, to its final result. Thread-safe.</summary>
internal sealed partial class LineRunner(
    TaskHandlers handlers, LineCalls calls, WorkerTelemetry telemetry, IFaultPoints faults, ILogger<LineRunner> logger)
{
    private const int MaxShownName = 100;

    /// <summary>
    /// Returns null when the line is given back: the shard stopped before there was a final result, its slice was over
    /// before the line had begun, or the provider is parked. Never throws.
    /// </summary>
    public async ValueTask<LineResult?> RunAsync(ShardRun run, LineInHand line, BatchRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        telemetry.LineStarted();
        try
        {
            if (faults is not NoFaultPoints)
            {
                var id = Encoding.UTF8.GetString(request.CustomId.Span).Trim('"');
                await faults.ReachAsync($"worker.line.{id}", run.Aborted);
            }

            if (Refusal(request, out var handler) is { } refusal)
            {
                return refusal;
            }

            // A request has a body, a task has data.
            var isTask = request.Url.IsEmpty;
            var input = new TaskInput(run.Key.BatchId, line.Number, isTask ? request.Data : request.Body)
            {
                OwnsErrors = run.OwnsErrors,
            };
            if (!handler!.TryPrepare(input, out var call, out var problem))
            {
                return LineResult.Error(problem.Code, problem.Message);
            }

            var attempts = isTask ? request.MaxRetries + 1 : null;
            if (await calls.CallAsync(run, line, input.Id("line_"), call, attempts) is not { } last)
            {
                return null;
            }

            telemetry.LineAnswered(
                Stopwatch.GetElapsedTime(started), last.Answer.IsSuccess ? LineModel.Of(request.Body.Span) : null);
            return Answers.Result(last.Answer, isModel: handler.Endpoint is not null) with
            {
                Attempts = (last.Failed?.Count ?? 0) + (last.Answer.IsSuccess ? 1 : 0),
                Failed = last.Failed,
            };
        }
        catch (OperationCanceledException) when (
            run.Stopping.IsCancellationRequested || (run.Sliced.IsCancellationRequested && !line.HasBegun))
        {
            return null;
        }
        catch (Exception exception)
        {
            // The boundary of a line: whatever went wrong belongs to this line and must not end the others.
            Log.LineFailed(logger, exception, line.Number, run.Key.BatchId);
            return LineResult.Error("internal_error", "The line could not be run because of an internal error.");
        }
        finally
        {
            telemetry.LineEnded();
        }
    }

    /// <summary>Why the line has no handler, or nothing for it; null when it has both.</summary>
    private LineResult? Refusal(in BatchRequest request, out ITaskHandler? handler)
    {
        if (!request.Url.IsEmpty)
        {
            return !handlers.TryFindEndpoint(request.Url.Span, out handler)
                ? LineResult.Error("unknown_endpoint", $"The endpoint '{Shown(request.Url)}' is not served.")
                : request.Body.IsEmpty
                    ? LineResult.Error("invalid_request", "The line is not a JSON object with an object 'body'.")
                    : null;
        }

        handler = null;
        return request.Type.IsEmpty || request.Data.IsEmpty
            ? LineResult.Error("invalid_request", "The line has neither 'url' and 'body' nor 'type' and 'data'.")
            : handlers.TryFindType(request.Type.Span, out handler)
                ? null
                : LineResult.Error("unknown_task_type", $"No task of the type '{Shown(request.Type)}' is served.");
    }

    private static string Shown(ReadOnlyMemory<byte> name) =>
        Encoding.UTF8.GetString(name.Span[..Math.Min(name.Length, MaxShownName)]);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Line {Line} of batch {BatchId} failed with an unexpected error")]
        public static partial void LineFailed(ILogger logger, Exception exception, long line, Guid batchId);
    }
}
