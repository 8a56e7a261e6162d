using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Admission;

namespace Sluice.Streaming.Responses;

/// <summary>Answers a request whose answer is not streamed and not kept.</summary>
internal sealed class WholeAnswer(ActiveResponses responses)
{
    /// <summary>The answer or the refusal; null when the client has left.</summary>
    /// <param name="context">The request; a client that leaves closes the call upstream.</param>
    /// <param name="call">Asks the provider.</param>
    public async Task<IResult?> AnswerAsync(HttpContext context, Func<CancellationToken, Task<ModelAnswer>> call)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, responses.Ended);
        try
        {
            var answer = await call(cancel.Token);
            return answer.AsFailure() is { } failure
                ? UpstreamRefusal.Of(failure)
                : new PassedOnResult(answer.Status, answer.Body);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (responses.Ended.IsCancellationRequested)
        {
            return OpenAiErrorResult.Unavailable(
                "The server is shutting down; try again.", TimeSpan.FromSeconds(1), "shutting_down");
        }
    }
}
