using Microsoft.Extensions.Options;
using Sluice.Inference.Chat;
using Sluice.Inference.Continuations;
using Sluice.Inference.Options;
using Sluice.Inference.Providers;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Log;
using Sluice.Streaming.Models;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Chat;

/// <summary><c>POST /v1/chat/completions</c>, streamed and whole, and <c>GET /v1/chat/completions/{id}</c>.</summary>
internal static class ChatEndpoints
{
    public static IEndpointRouteBuilder MapChatCompletions(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", (RequestDelegate)CreateAsync);
        routes.MapGet("/v1/chat/completions/{id}", (string id, HttpContext context, ChatReading reading) =>
            reading.AnswerAsync(context, id));
        return routes;
    }

    private static async Task CreateAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var active = services.GetRequiredService<ActiveResponses>();
        var admission = await services.GetRequiredService<AdmissionQueue>().EnterAsync(context.RequestAborted);
        if (admission != AdmissionOutcome.Admitted)
        {
            await Refuse(context, Unavailable(admission));
            return;
        }

        var options = services.GetRequiredService<IOptions<StreamingOptions>>().Value;
        var body = new RequestBody(active, options.MaxRequestBytes);
        var isHandedOver = false;
        IResult? refusal;
        try
        {
            refusal = await body.ReadAsync(context);
            refusal ??= Read(context, body, out var key, out var request, out var provider)
                ?? await (request!.Stream
                    ? StreamAsync(context, key, request, provider!, body, ref isHandedOver)
                    : services.GetRequiredService<ChatCompletion>().AnswerAsync(context, provider!, request));
        }
        finally
        {
            if (!isHandedOver)
            {
                body.Dispose();
                active.Leave();
            }
        }

        if (refusal is not null)
        {
            await Refuse(context, refusal);
        }
    }

    /// <summary>The request as it is to be run, or why it is not.</summary>
    private static OpenAiErrorResult? Read(
        HttpContext context,
        RequestBody body,
        out ResponseKey key,
        out ChatRequest? request,
        out IModelProvider? provider)
    {
        (request, provider) = (null, null);
        var services = context.RequestServices;
        var time = services.GetRequiredService<TimeProvider>();
        if (!ResponseKey.TryParseChat(context.Request.Headers[InternalHeaders.ResponseId], out key)
            || !key.IsOf(time.GetUtcNow()))
        {
            key = ResponseKey.New(time);
        }

        if (body.Bytes.IsEmpty)
        {
            return OpenAiErrorResult.BadRequest("The request body is empty; a JSON object is expected.");
        }

        if (!ChatRequest.TryRead(key.ChatId, body.Bytes, out request, out var error))
        {
            return OpenAiErrorResult.BadRequest(error.Message, error.Param);
        }

        return services.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out provider)
            ? null
            : ModelEndpoints.Unknown(request.Model);
    }

    /// <summary>Not async, so that the caller knows at once who owns body and place from now on.</summary>
    private static Task<IResult?> StreamAsync(
        HttpContext context,
        ResponseKey key,
        ChatRequest request,
        IModelProvider provider,
        RequestBody body,
        ref bool isHandedOver)
    {
        var services = context.RequestServices;
        if (!RequestDurability.TryRead(context.Request, provider.Durability, out var durability))
        {
            return Task.FromResult<IResult?>(RequestDurability.Refusal);
        }

        var isLogged = durability == StreamDurability.BeforeDelivery;
        if (isLogged && services.GetRequiredService<GroupCommitter>().IsStalled)
        {
            return Task.FromResult<IResult?>(Refusal.LogAway.Answer);
        }

        var runner = services.GetRequiredService<ResponseRunner>();
        var canContinue = isLogged && provider.CanContinue(request)
            && request.Body.Length <= services.GetRequiredService<LogBounds>().Options.MaxRequestBytes;
        var identity = new ResponseIdentity(key, context.Tenant(), request.Model, isLogged)
        {
            Request = canContinue ? request.Body : default,
        };
        if (runner.Start(identity, provider, request, body) is not { } response)
        {
            return Task.FromResult<IResult?>(OpenAiErrorResult.Conflict("A response of that id is running."));
        }

        isHandedOver = true;
        return services.GetRequiredService<ChatStreaming>().AnswerAsync(context, key, response, next: 0);
    }

    private static Task Refuse(HttpContext context, IResult refusal) =>
        context.RequestAborted.IsCancellationRequested ? Task.CompletedTask : refusal.ExecuteAsync(context);

    private static IResult Unavailable(AdmissionOutcome admission) => admission == AdmissionOutcome.Draining
        ? Refusal.ShuttingDown.Answer
        : Refusal.AtCapacity.Answer;
}
