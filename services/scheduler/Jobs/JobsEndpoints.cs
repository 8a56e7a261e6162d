using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Creations;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Jobs;

/// <summary>Tasks of any registered type, stored and run as a batch: <c>/api/jobs</c>.</summary>
internal static class JobsEndpoints
{
    /// <summary>Also the endpoint of a job's batch.</summary>
    public const string Path = "/api/jobs";

    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        var jobs = app.MapGroup(Path).AddEndpointFilter(new ProblemFilter());
        jobs.MapPost("", CreateAsync);
        jobs.MapGet("", ListAsync);
        jobs.MapGet("{id}", GetAsync);
        jobs.MapGet("{id}/results", ResultsAsync);
        jobs.MapPost("{id}/cancel", CancelAsync);
    }

    private static async Task<IResult> CreateAsync(
        HttpContext http, JobBody body, JobCreation creation, JobViews views, IOptions<JobOptions> options,
        CancellationToken cancellationToken)
    {
        var max = options.Value.MaxBodyBytes;
        if (await BoundedBody.ReadAsync(http.Request, max, cancellationToken) is not { } bytes)
        {
            return OpenAiErrorResult.TooLarge($"The body is longer than {max} bytes.", code: "request_too_large");
        }

        if (CreationRequest.TryRead(http, bytes.Span, out var request) is { } odd)
        {
            return odd;
        }

        if (body.Read(bytes, http.Request.ContentType, out var refusal) is not { } tasks)
        {
            return refusal!;
        }

        var result = await creation.RunAsync(request, tasks, cancellationToken);
        if (result.Refusal is { } no)
        {
            return no;
        }

        var view = await views.OfAsync(result.Batch!, cancellationToken);
        http.Response.Headers.Location = $"{Path}/{view.Id}";
        return TypedResults.Json(view, JobsJsonContext.Default.JobView, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, SchedulerDbContext db, JobViews views, CancellationToken cancellationToken)
    {
        if (ListQuery.Read(http.Request.Query, DefaultLimit, MaxLimit, out var refusal) is not { } query)
        {
            return refusal!;
        }

        if (query.After is { } after)
        {
            if (await db.FindJobAsync(http.Tenant(), after, cancellationToken) is not { } cursor)
            {
                return NotFound(after);
            }

            query = query with { After = PublicId.Job(cursor.CorrelationId) };
        }

        var found = await db.ListAsync(http.Tenant(), query, jobs: true, cancellationToken);
        return TypedResults.Json(
            ListView<JobView>.Of(await views.ListAsync(found!, cancellationToken), query.Limit, j => j.Id),
            JobsJsonContext.Default.ListViewJobView);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, SchedulerDbContext db, JobViews views, CancellationToken cancellationToken) =>
        await db.FindJobAsync(http.Tenant(), id, cancellationToken) is { } job
            ? await ViewAsync(views, job, cancellationToken)
            : NotFound(id);

    private static async Task<IResult> ResultsAsync(
        string id, HttpContext http, SchedulerDbContext db, JobResults results)
    {
        if (await db.FindJobAsync(http.Tenant(), id, http.RequestAborted) is not { } job)
        {
            return NotFound(id);
        }

        await results.SendAsync(job.CorrelationId, http);
        return EmptyHttpResult.Instance;
    }

    private static async Task<IResult> CancelAsync(
        string id, HttpContext http, SchedulerDbContext db, BatchCancellation cancellation, JobViews views,
        CancellationToken cancellationToken)
    {
        if (await db.FindJobAsync(http.Tenant(), id, cancellationToken) is not { } job)
        {
            return NotFound(id);
        }

        // A job's answers carry no ETag.
        var result = await cancellation.RequestAsync(job, expected: null, id, cancellationToken);
        var now = (await db.FindJobAsync(http.Tenant(), id, cancellationToken))!;
        return result.IsCancelled
            ? await ViewAsync(views, now, cancellationToken)
            : OpenAiErrorResult.Conflict(
                $"{id} is {BatchStatus.Of(now)} and cannot be cancelled.", code: "job_not_cancellable");
    }

    private static async Task<IResult> ViewAsync(
        JobViews views, BatchState job, CancellationToken cancellationToken) =>
        TypedResults.Json(await views.OfAsync(job, cancellationToken), JobsJsonContext.Default.JobView);

    private static OpenAiErrorResult NotFound(string id) => OpenAiErrorResult.NotFound(
        $"There is no job {(id.Length <= 64 ? id : id[..64] + "…")}.", code: "job_not_found");
}
