using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary>Answers a request for a whole completion.</summary>
internal sealed class ChatCompletion(ActiveResponses responses)
{
    /// <summary>The answer or the refusal; null when the client has left.</summary>
    public async Task<IResult?> AnswerAsync(HttpContext context, IModelProvider provider, ChatRequest request)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, responses.Ended);
        try
        {
            var answer = await provider.CompleteAsync(request, cancel.Token);
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
