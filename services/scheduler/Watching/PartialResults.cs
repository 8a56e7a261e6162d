using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Sluice.BatchStore.Results;
using Sluice.Scheduler.Batches;

namespace Sluice.Scheduler.Watching;

/// <summary>
/// Hands out results of a batch that still runs, in the order in which they were committed; holds one page at a time.
/// Safe for concurrent use.
/// </summary>
internal sealed class PartialResults(WrittenPages pages, IOptions<WatchOptions> options)
{
    /// <summary>Where the next answer goes on: what its request's <c>after</c> takes.</summary>
    public const string NextHeader = "Sluice-Next";

    /// <summary>
    /// Writes the JSON Lines after a position, as many as fit; an empty body when there is nothing new. One whose pages
    /// are removed meanwhile ends in a reset, never in what looks like a complete answer.
    /// </summary>
    public async Task<IResult> AnswerAsync(HttpContext http, BatchState batch, ResultKind kind, PagePosition after)
    {
        var batchId = batch.CorrelationId;
        var next = await pages.ListAsync(
            batchId, kind, after, options.Value.MaxResultsBytes, ProgressLook.IsEnd(BatchStatus.Of(batch)),
            http.RequestAborted);
        var response = http.Response;
        response.ContentType = "application/jsonl";
        response.ContentLength = next.Sum(page => (long)page.Bytes);
        response.Headers.CacheControl = "no-store";
        response.Headers[NextHeader] = (next.Count > 0 ? next[^1].Position : after).ToString();
        foreach (var page in next)
        {
            if (await pages.BodyAsync(batchId, kind, page.Position, http.RequestAborted) is not { } body)
            {
                http.Abort();
                break;
            }

            await response.Body.WriteAsync(body, http.RequestAborted);
        }

        return EmptyHttpResult.Instance;
    }
}
