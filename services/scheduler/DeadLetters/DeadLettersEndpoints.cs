using System.Text.Json;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>What failed for good, to be found, understood and removed: <c>/api/dead-letters</c>.</summary>
internal static class DeadLettersEndpoints
{
    public static void MapDeadLetters(this IEndpointRouteBuilder app)
    {
        var letters = app.MapGroup("/api/dead-letters").AddEndpointFilter<ProblemFilter>();
        letters.MapGet("", ListAsync);
        letters.MapGet("causes", ListCausesAsync);
        letters.MapGet("{id}", GetAsync);
        letters.MapDelete("", PurgeAsync);
        letters.MapDelete("{id}", PurgeOneAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, LetterTable letters, CancellationToken cancellationToken)
    {
        if (LetterQuery.Read(http.Request.Query, out var refusal) is not { } query)
        {
            return refusal!;
        }

        if (query.ByCause)
        {
            return await CausesAsync(http, query.Filter, letters, cancellationToken);
        }

        var found = await letters.ListAsync(
            LetterScope.Of(http), query.Filter, query.After, query.Limit + 1, cancellationToken);
        return TypedResults.Json(
            ListView<DeadLetterView>.Of([.. found.Select(DeadLetterView.Of)], query.Limit, l => l.Id),
            DeadLettersJsonContext.Default.ListViewDeadLetterView);
    }

    private static async Task<IResult> ListCausesAsync(
        HttpContext http, LetterTable letters, CancellationToken cancellationToken) =>
        LetterQuery.Read(http.Request.Query, out var refusal) is { } query
            ? await CausesAsync(http, query.Filter, letters, cancellationToken)
            : refusal!;

    private static async Task<IResult> CausesAsync(
        HttpContext http, LetterFilter filter, LetterTable letters, CancellationToken cancellationToken)
    {
        var causes = await letters.CausesAsync(LetterScope.Of(http), filter, cancellationToken);
        return TypedResults.Json(
            new CauseListView([.. causes.Select(CauseView.Of)]), DeadLettersJsonContext.Default.CauseListView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, LetterTable letters, LetterPayload payloads, CancellationToken cancellationToken)
    {
        if (!PublicId.TryParseDeadLetter(id, out var key)
            || await letters.FindAsync(LetterScope.Of(http), key, cancellationToken) is not { } letter)
        {
            return LetterRefusals.NotFound(id);
        }

        var content = await letters.ContentAsync(key, cancellationToken);
        var payload = await payloads.ReadAsync(letter, content, cancellationToken);
        var view = DeadLetterView.Of(letter) with
        {
            Payload = payload is { } bytes ? DeadLetterPayloadView.Of(bytes) : null,
            Headers = content.Headers is { } headers ? JsonElement.Parse(headers) : null,
        };
        return TypedResults.Json(view, DeadLettersJsonContext.Default.DeadLetterView);
    }

    private static async Task<IResult> PurgeAsync(
        HttpContext http, LetterPurge purge, CancellationToken cancellationToken)
    {
        if (LetterQuery.Read(http.Request.Query, out var refusal) is not { } query)
        {
            return refusal!;
        }

        var (count, refused) = await purge.AllAsync(
            LetterScope.Of(http), query.Filter, query.ExpectedCount, cancellationToken);
        return refused is null
            ? TypedResults.Json(
                new PurgeView(query.ExpectedCount is null, count), DeadLettersJsonContext.Default.PurgeView)
            : refused;
    }

    private static async Task<IResult> PurgeOneAsync(
        string id, HttpContext http, LetterPurge purge, CancellationToken cancellationToken)
    {
        var refusal = PublicId.TryParseDeadLetter(id, out var key)
            ? await purge.OneAsync(LetterScope.Of(http), key, id, cancellationToken)
            : LetterRefusals.NotFound(id);
        return refusal is null ? TypedResults.NoContent() : refusal;
    }
}
