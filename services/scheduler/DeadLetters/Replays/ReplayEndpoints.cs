using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;
using Sluice.ServiceDefaults.Errors;

namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>Sending dead letters again: <c>/api/dead-letters/replay</c>.</summary>
internal static class ReplayEndpoints
{
    public static void MapReplays(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/api/dead-letters").AddEndpointFilter<ProblemFilter>();
        letters.MapPost("replay", ReplayAsync);
        letters.MapPost("{id}/replay", ReplayOneAsync);
        letters.MapGet("replays/{id}", GetAsync);
    }

    private static async Task<IResult> ReplayAsync(
        HttpContext http, ReplayStart start, IOptions<DeadLetterOptions> options, CancellationToken cancellationToken)
    {
        if (await BoundedBody.ReadAsync(http.Request, options.Value.MaxBodyBytes, cancellationToken) is not { } body)
        {
            return TooLarge(options.Value);
        }

        return ReplayRequestReader.Read(body, out var refusal) is { } request
            ? Answer(await start.RunAsync(LetterScope.Of(http), request, cancellationToken))
            : refusal!;
    }

    /// <summary>Without a body, as it was; with one, edited.</summary>
    private static async Task<IResult> ReplayOneAsync(
        string id, HttpContext http, ReplayStart start, EditedReplay edits, IOptions<DeadLetterOptions> options,
        CancellationToken cancellationToken)
    {
        if (!PublicId.TryParseDeadLetter(id, out var key))
        {
            return LetterRefusals.NotFound(id);
        }

        if (await BoundedBody.ReadAsync(http.Request, options.Value.MaxBodyBytes, cancellationToken) is not { } body)
        {
            return TooLarge(options.Value);
        }

        if (body.IsEmpty)
        {
            return Answer(await start.RunAsync(LetterScope.Of(http), ReplayRequest.Of(key), cancellationToken));
        }

        return JsonBody.Read<ReplayEdit>(body, ReplayEdit.Read, out var refusal) is { } edit
            ? Answer(await edits.RunAsync(LetterScope.Of(http), key, edit.Body, cancellationToken))
            : refusal!;
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, ReplayViews views, CancellationToken cancellationToken) =>
        PublicId.TryParseReplay(id, out var key)
        && await views.FindAsync(LetterScope.Of(http), key, cancellationToken) is { } view
            ? Answer(view)
            : OpenAiErrorResult.NotFound(
                $"No such replay: {(id.Length <= 64 ? id : id[..64] + "…")}", "id", "replay_not_found");

    private static IResult Answer(ReplayOutcome outcome) => outcome.View is { } view
        ? TypedResults.Json(view, DeadLettersJsonContext.Default.ReplayView)
        : outcome.Refusal!;

    private static OpenAiErrorResult TooLarge(DeadLetterOptions options) => OpenAiErrorResult.TooLarge(
        $"The body is longer than {options.MaxBodyBytes} bytes.");
}
