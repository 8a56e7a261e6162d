using Sluice.Streaming.Admission;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.OpenAiResponses;

/// <summary>The Responses API: <c>/v1/responses</c>.</summary>
internal static class ResponsesEndpoints
{
    public static IEndpointRouteBuilder MapResponses(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/responses", (HttpContext context, ResponseCreation creation) =>
            creation.RunAsync(context, body => CreateAsync(context, body)));
        routes.MapGet("/v1/responses/{id}", (string id, HttpContext context, ResponsesReading reading) =>
            reading.RetrieveAsync(context, id));
        routes.MapGet("/v1/responses/{id}/input_items", (string id, HttpContext context, ResponsesReading reading) =>
            reading.InputItemsAsync(context, id));
        routes.MapPost("/v1/responses/{id}/cancel", (string id, HttpContext context, ResponsesReading reading) =>
            reading.CancelAsync(context, id));
        routes.MapDelete("/v1/responses/{id}", (string id, HttpContext context, ResponsesReading reading) =>
            reading.DeleteAsync(context, id));
        return routes;
    }

    private static async Task<IResult?> CreateAsync(HttpContext context, RequestBody body)
    {
        var services = context.RequestServices;
        var key = ResponseCreation.Key(
            context, ResponseSurface.Responses, services.GetRequiredService<TimeProvider>());
        var order = ResponsesOrder.Read(context, key, body.Bytes);
        if (IdempotentCreation.IsFor(context, order))
        {
            return await services.GetRequiredService<IdempotentCreation>().AnswerAsync(context, order, body);
        }

        var start = services.GetRequiredService<ResponsesStart>();
        using var place = start.Enter(order);
        var response = await start.StartAsync(order, body, context.RequestAborted);
        return await start.AnswerAsync(context, place, response);
    }
}
