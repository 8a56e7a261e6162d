using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Streams;

/// <summary>Our own API over the responses of all other ones: <c>/api/streams</c>.</summary>
internal static class StreamEndpoints
{
    public static IEndpointRouteBuilder MapStreams(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/streams", (HttpContext context, StreamList list) =>
            ResponseReading.AnswerAsync(context, () => list.AnswerAsync(context)));
        routes.MapGet("/api/streams/{id}/events", EventsAsync);
        routes.MapPost("/api/streams/{id}/token", TokenAsync);
        routes.MapDelete("/api/streams/{id}", CancelAsync);
        return routes;
    }

    private static Task EventsAsync(string id, HttpContext context, ResponseReading reading) =>
        ResponseReading.AnswerAsync(context, async () =>
        {
            var found = await reading.FindAsync(context, id, ResponseKey.SurfaceOf(id));

            // An EventSource comes back after every end, with the header, unless it is told that nothing will follow.
            return found.Stored is { IsEnded: true } stored
                && context.Request.Headers.ContainsKey("Last-Event-ID")
                && ResponseReading.Position(context.Request, "after", headerFirst: true).Position == stored.Next - 1
                ? Results.NoContent()
                : await reading.StreamAsync(context, found, StreamForm.Native);
        });

    private static Task TokenAsync(
        string id,
        HttpContext context,
        ResponseReading reading,
        ReadTokens tokens,
        IOptions<StreamingOptions> options) =>
        ResponseReading.AnswerAsync(context, async () =>
        {
            var found = await reading.FindAsync(context, id, ResponseKey.SurfaceOf(id));
            var token = tokens.Create(
                context.Tenant(), found.Id, options.Value.ReadTokenLifetime, out var expiresAt);
            return Results.Json(
                new ReadToken(token, expiresAt.ToUnixTimeSeconds()), StreamsJsonContext.Default.ReadToken);
        });

    private static Task CancelAsync(
        string id, HttpContext context, ResponseReading reading, ResponseCancellation cancellation) =>
        ResponseReading.AnswerAsync(context, async () =>
        {
            if (reading.FindUnlogged(context, id, ResponseKey.SurfaceOf(id)) is { } unlogged)
            {
                unlogged.Cancel(CancelReason.Requested);
                return Results.NoContent();
            }

            var found = await reading.FindAsync(context, id, ResponseKey.SurfaceOf(id));
            await cancellation.RequestAsync(found.Key, context.RequestAborted);
            return Results.NoContent();
        });
}
