
using Sluice.Inference.Providers;
using Sluice.Inference.Responses;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Models;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The Responses API: <c>/v1/responses</c>.</summary>
internal static class ResponsesEndpoints
{
    public static IEndpointRouteBuilder MapResponses(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/responses", (HttpContext context, ResponseCreation creation, ResponsesStart start) =>
            creation.RunAsync(context, body => CreateAsync(context, start, body)));
        routes.MapGet("/v1/responses/{id}", (string id, HttpContext context, ResponsesReading reading) =>
            reading.RetrieveAsync(context, id));
        routes.MapPost("/v1/responses/{id}/cancel", (string id, HttpContext context, ResponsesReading reading) =>
            reading.CancelAsync(context, id));
        routes.MapDelete("/v1/responses/{id}", (string id, HttpContext context, ResponsesReading reading) =>
            reading.DeleteAsync(context, id));
        return routes;
    }

    /// <summary>Checks a request and starts its response, with its first reader joined.</summary>
    /// <exception cref="ResponseRefusedException">It cannot be started.</exception>
    public static async Task<(ResponsesRequest Request, Response Response)> StartAsync(
        HttpContext context, ResponsesStart start, ResponseKey key, RequestBody body, CancellationToken cancellation)
    {
        if (!ResponsesRequest.TryRead(
                key.PublicId(ResponseSurface.Responses), body.Bytes, out var request, out var error))
        {
            throw new ResponseRefusedException(Refusal.BadRequest(error.Message, error.Param));
        }

        if (!context.RequestServices.GetRequiredService<IModelCatalog>().TryResolve(request.Model, out var provider))
        {
            throw new ResponseRefusedException(Refusal.Of(ModelEndpoints.Unknown(request.Model)));
        }

        var isLogged = ResponseCreation.IsLogged(context, provider);
        var response = await start.StartAsync(context.Tenant(), key, request, provider, isLogged, body, cancellation);
        return (request, response);
    }

    private static async Task<IResult?> CreateAsync(HttpContext context, ResponsesStart start, RequestBody body)
    {
        var time = context.RequestServices.GetRequiredService<TimeProvider>();
        var key = ResponseCreation.Key(context, ResponseSurface.Responses, time);
        var (request, response) = await StartAsync(context, start, key, body, context.RequestAborted);
        return request.Stream
            ? await start.StreamAsync(context, response)
            : await start.WholeAsync(context, response);
    }
}
