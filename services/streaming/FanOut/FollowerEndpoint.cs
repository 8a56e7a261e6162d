using Sluice.ServiceDefaults.Errors;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.FanOut;

/// <summary>The owner's side of following: for other instances, and not reachable through the gateway.</summary>
internal static class FollowerEndpoint
{
    public const string Path = "/internal/followed";

    private static readonly OpenAiErrorResult s_elsewhere = new(
        StatusCodes.Status421MisdirectedRequest,
        new("The response is not generated here.", OpenAiErrorType.InvalidRequest, "id", "response_elsewhere"));

    public static IEndpointRouteBuilder MapFollowed(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path + "/{id}", (string id, HttpContext context, ResponseReading reading) =>
            ResponseReading.AnswerAsync(context, async () =>
            {
                var found = await reading.FindAsync(context, id, ResponseKey.SurfaceOf(id));
                return found.Live is null
                    ? s_elsewhere
                    : await reading.StreamAsync(context, found, StreamForm.Followed);
            }));
        return routes;
    }
}
