using System.Globalization;
using Microsoft.Extensions.Options;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Streaming.Log;
using Sluice.Streaming.Sse;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Finds a response that a reader asks for by its id, and reads its stream from any position: what all APIs share.
/// </summary>
internal sealed class ResponseReading(
    ResponseRegistry responses,
    ResponseLog log,
    ResponseStreaming streaming,
    IOptions<LogOptions> options,
    TimeProvider time)
{
    /// <summary>The response when it is one of the tenant's and can be read.</summary>
    /// <exception cref="ResponseRefusedException">There is none, or none any more.</exception>
    public async Task<FoundResponse> FindAsync(HttpContext context, string id, ResponseSurface surface)
    {
        if (!ResponseKey.TryParse(id, surface, out var key))
        {
            throw new ResponseRefusedException(Refusal.Unknown(id));
        }

        if (time.GetUtcNow() - key.CreatedAt >= options.Value.Retention)
        {
            throw new ResponseRefusedException(Refusal.Expired(id));
        }

        if (responses.TryFind(key, out var live) && live.Identity.Tenant == context.Tenant()
            && live.Identity.Surface == surface)
        {
            return live.IsLogged
                ? new FoundResponse(key, surface, live, null)
                : throw new ResponseRefusedException(Refusal.NotResumable(id));
        }

        var stored = await log.FindAsync(key, context.RequestAborted);
        if (stored is null || stored.Tenant != context.Tenant() || stored.Surface != surface || stored.IsGone)
        {
            throw new ResponseRefusedException(Refusal.Unknown(id));
        }

        return new FoundResponse(key, surface, null, stored);
    }

    /// <summary>
    /// A response without a log, which nobody else can read but its tenant can cancel: only while it is generated here,
    /// where the gateway sends whatever concerns it. Null for any other.
    /// </summary>
    public Response? FindUnlogged(HttpContext context, string id, ResponseSurface surface) =>
        ResponseKey.TryParse(id, surface, out var key) && responses.TryFind(key, out var live)
        && live is { IsLogged: false } && live.Identity.Tenant == context.Tenant() && live.Identity.Surface == surface
            ? live
            : null;

    /// <summary>Answers with its events from the position on that the request names, to its end.</summary>
    /// <exception cref="ResponseRefusedException">The position is none, or there is no place.</exception>
    public async Task<IResult?> StreamAsync(
        HttpContext context, FoundResponse found, StreamForm form = StreamForm.OfSurface)
    {
        var (position, param) = form == StreamForm.Native
            ? Position(context.Request, "after", headerFirst: true)
            : Position(context.Request, "starting_after", headerFirst: false);
        var last = await LastAsync(found, position, context.RequestAborted);
        if (position is null || position > last)
        {
            throw new ResponseRefusedException(Refusal.Position(param, last));
        }

        using var place = streaming.Enter();
        if (found.Live is { } live)
        {
            ResponseRunner.Join(live);
        }

        return await streaming.AnswerAsync(context, place, found.Key, found.Live, position.Value + 1, form);
    }

    /// <summary>
    /// Position of the last event that can be read; exact where <paramref name="position"/> is beyond it: a reader that
    /// was at the owner may have more than is in rows.
    /// </summary>
    private async Task<long> LastAsync(FoundResponse found, long? position, CancellationToken cancellation)
    {
        if (position < found.Next || found.Stored is not { IsEnded: false })
        {
            return found.Next - 1;
        }

        // The journal first: what leaves it meanwhile is in the rows that are read then.
        var journaled = await log.JournaledNextAsync(found.Key, cancellation);
        var stored = await log.FindAsync(found.Key, cancellation);
        return Math.Max(journaled, stored?.Next ?? 0) - 1;
    }

    /// <summary>Whether the request asks for a stream.</summary>
    /// <exception cref="ResponseRefusedException">It says something else.</exception>
    public static bool WantsStream(HttpRequest request) =>
        bool.TryParse(request.Query["stream"].FirstOrDefault() ?? bool.FalseString, out var stream)
            ? stream
            : throw new ResponseRefusedException(Refusal.BadRequest("'stream' must be true or false.", "stream"));

    /// <summary>Runs a request, and answers with its refusal.</summary>
    public static async Task AnswerAsync(HttpContext context, Func<Task<IResult?>> answer)
    {
        IResult? result;
        try
        {
            result = await answer();
        }
        catch (ResponseRefusedException exception)
        {
            result = exception.Refusal.Answer;
        }

        if (result is not null && !context.RequestAborted.IsCancellationRequested)
        {
            await (result is OpenAiErrorResult refusal
                ? context.WriteErrorAsync(refusal)
                : result.ExecuteAsync(context));
        }
    }

    /// <summary>The position that the reader has seen; -1 when it names none, null when it is none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="query">Name of the query parameter.</param>
    /// <param name="headerFirst">
    /// A browser that comes back repeats the query and adds the header: then the header is newer.
    /// </param>
    public static (long? Position, string Param) Position(HttpRequest request, string query, bool headerFirst)
    {
        var seen = request.Headers["Last-Event-ID"].ToString();
        if (request.Query.TryGetValue(query, out var asked) && !(headerFirst && seen.Length > 0))
        {
            return (Position(asked.ToString()), query);
        }

        return (seen.Length == 0 ? -1 : Position(seen), "Last-Event-ID");
    }

    private static long? Position(string text) =>
        text == "-1" ? -1
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position
        : null;
}
