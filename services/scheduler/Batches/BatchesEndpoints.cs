using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Controls;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Creations;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;
using Sluice.Tasks;

namespace Sluice.Scheduler.Batches;

/// <summary>The batches API: <c>/v1/batches</c>.</summary>
internal static class BatchesEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static void MapBatches(this IEndpointRouteBuilder app)
    {
        var batches = app.MapGroup("/v1/batches");
        batches.MapPost("", CreateAsync);
        batches.MapGet("", ListAsync);
        batches.MapGet("{id}", GetAsync);
        batches.MapPost("{id}/cancel", CancelAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, BatchCreation creation, BatchViews views, TaskHandlers handlers,
        IOptions<CreationOptions> options, CancellationToken cancellationToken)
    {
        var max = options.Value.MaxBodyBytes;
        if (await BoundedBody.ReadAsync(http.Request, max, cancellationToken) is not { } bytes)
        {
            return OpenAiErrorResult.TooLarge($"The body is longer than {max} bytes.");
        }

        if (CreateBatchBody.Parse(bytes, out var refusal) is not { } body)
        {
            return refusal!;
        }

        if (!handlers.Endpoints.Contains(body.Endpoint))
        {
            var known = string.Join("', '", handlers.Endpoints);
            return OpenAiErrorResult.BadRequest(
                $"'endpoint' must be one of '{known}'.", "endpoint", "unsupported_endpoint");
        }

        if (CreationRequest.TryRead(http, bytes.Span, out var request) is { } odd)
        {
            return odd;
        }

        var result = await creation.RunAsync(request, body, cancellationToken);
        return result.Refusal is { } no ? no : await ViewAsync(http, views, result.Batch!, cancellationToken);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, SchedulerDbContext db, BatchViews views, CancellationToken cancellationToken)
    {
        if (ListQuery.Read(http.Request.Query, DefaultLimit, MaxLimit, out var refusal) is not { } query)
        {
            return refusal!;
        }

        if (await db.ListAsync(http.Tenant(), query, jobs: false, cancellationToken) is not { } found)
        {
            return NotFound(query.After!, "after");
        }

        return TypedResults.Json(
            ListView<BatchView>.Of(await views.OfAsync(found, cancellationToken), query.Limit, b => b.Id),
            SchedulerJsonContext.Default.ListViewBatchView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, SchedulerDbContext db, BatchViews views, CancellationToken cancellationToken) =>
        await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is { } batch
            ? await ViewAsync(http, views, batch, cancellationToken)
            : NotFound(id, "id");

    private static async Task<IResult> CancelAsync(
        string id, HttpContext http, SchedulerDbContext db, BatchCancellation cancellation, BatchViews views,
        CancellationToken cancellationToken)
    {
        if (await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is not { } batch)
        {
            return NotFound(id, "id");
        }

        var expected = RevisionTag.Expected(http.Request, out var refusal);
        if (refusal is not null)
        {
            return refusal;
        }

        var result = await cancellation.RequestAsync(batch, expected, id, cancellationToken);
        var now = (await db.FindBatchAsync(http.Tenant(), id, cancellationToken))!;
        return result.Mismatch is { } mismatch ? mismatch
            : result.IsCancelled ? await ViewAsync(http, views, now, cancellationToken)
            : OpenAiErrorResult.Conflict(
                $"{id} is {BatchStatus.Of(now)} and cannot be cancelled.", "id", "batch_not_cancellable");
    }

    /// <summary>The batch object, with its ETag.</summary>
    public static async Task<IResult> ViewAsync(
        HttpContext http, BatchViews views, BatchState batch, CancellationToken cancellationToken)
    {
        http.Response.Headers.ETag = RevisionTag.Of(batch);
        return TypedResults.Json(await views.OfAsync(batch, cancellationToken), SchedulerJsonContext.Default.BatchView);
    }

    public static OpenAiErrorResult NotFound(string id, string param) => OpenAiErrorResult.NotFound(
        $"No such Batch object: {(id.Length <= 64 ? id : id[..64] + "…")}", param, "batch_not_found");
}
