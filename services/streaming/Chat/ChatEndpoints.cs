using Sluice.Inference.Chat;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Models;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Chat;

/// <summary><c>POST /v1/chat/completions</c>, streamed and whole, and <c>GET /v1/chat/completions/{id}</c>.</summary>
internal static class ChatEndpoints
{
    public static IEndpointRouteBuilder MapChatCompletions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", (HttpContext context, ResponseCreation creation) =>
            creation.RunAsync(context, body => CreateAsync(context, creation, body)));
        routes.MapGet("/v1/chat/completions/{id}", (string id, HttpContext context, ChatReading reading) =>
            reading.AnswerAsync(context, id));
        return routes;
    }

    private static async Task<IResult?> CreateAsync(HttpContext context, ResponseCreation creation, RequestBody body)
    {
        var services = context.RequestServices;
        var time = services.GetRequiredService<TimeProvider>();
        var key = ResponseCreation.Key(context, ResponseSurface.Chat, time);
        if (!ChatRequest.TryRead(key.PublicId(ResponseSurface.Chat), body.Bytes, out var request, out var error))
        {
            return OpenAiErrorResult.BadRequest(error.Message, error.Param);
        }

        if (!services.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out var provider))
        {
            return ModelEndpoints.Unknown(request.Model);
        }

        if (!request.Stream)
        {
            return await services.GetRequiredService<WholeAnswer>().AnswerAsync(
                context, cancellation => provider.CompleteAsync(request, cancellation));
        }

        var isLogged = ResponseCreation.IsLogged(context, provider);
        var canContinue = isLogged && creation.CanContinue(provider, request, request.Body);
        var identity = new ResponseIdentity(key, context.Tenant(), request.Model, isLogged)
        {
            Request = canContinue ? request.Body : default,
            CanContinue = canContinue,
        };
        var streaming = services.GetRequiredService<ResponseStreaming>();
        using var place = streaming.Enter();
        var response = creation.Start(identity, new ChatGeneration(provider, request), body);
        return await streaming.AnswerAsync(context, place, key, response, next: 0);
    }
}
