using Microsoft.Extensions.Options;
using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Models;

namespace Sluice.Streaming.Chat;

/// <summary><c>POST /v1/chat/completions</c>, streamed and whole.</summary>
internal static class ChatEndpoints
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public static IEndpointRouteBuilder MapChatCompletions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", (RequestDelegate)CreateAsync);
        return routes;
    }

    private static async Task CreateAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var responses = services.GetRequiredService<ActiveResponses>();
        if (!responses.TryEnter())
        {
            await Refuse(context, Unavailable(responses));
            return;
        }

        try
        {
            var options = services.GetRequiredService<IOptions<StreamingOptions>>().Value;
            using var body = new RequestBody(responses, options.MaxRequestBytes);
            var refusal = await body.ReadAsync(context) ?? await AnswerAsync(context, body.Bytes);
            if (refusal is not null)
            {
                await Refuse(context, refusal);
            }
        }
        finally
        {
            responses.Leave();
        }
    }

    private static async Task<IResult?> AnswerAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            return OpenAiErrorResult.BadRequest("The request body is empty; a JSON object is expected.");
        }

        if (!ChatRequest.TryRead(ResponseId.Of(context.Request), body, out var request, out var error))
        {
            return OpenAiErrorResult.BadRequest(error.Message, error.Param);
        }

        var services = context.RequestServices;
        if (!services.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out var provider))
        {
            return ModelEndpoints.Unknown(request.Model);
        }

        return request.Stream
            ? await services.GetRequiredService<ChatStreaming>().AnswerAsync(context, provider, request)
            : await services.GetRequiredService<ChatCompletion>().AnswerAsync(context, provider, request);
    }

    private static Task Refuse(HttpContext context, IResult refusal) =>
        context.RequestAborted.IsCancellationRequested ? Task.CompletedTask : refusal.ExecuteAsync(context);

    private static OpenAiErrorResult Unavailable(ActiveResponses responses) => responses.IsDraining
        ? OpenAiErrorResult.Unavailable("The server is shutting down; try again.", RetryAfter, "shutting_down")
        : OpenAiErrorResult.Unavailable("Too many responses are running; try again.", RetryAfter, "at_capacity");
}
