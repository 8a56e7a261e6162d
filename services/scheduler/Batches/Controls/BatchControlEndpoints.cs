using Microsoft.Extensions.Options;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Batches.Controls;

/// <summary>What OpenAI's API has no words for: <c>/api/batches/{id}</c>, with pause, resume and changes.</summary>
internal static class BatchControlEndpoints
{
    public static void MapBatchControl(this IEndpointRouteBuilder app)
    {
        var batches = app.MapGroup("/api/batches/{id}").AddEndpointFilter<ProblemFilter>();
        batches.MapGet("", GetAsync);
        batches.MapPatch("", ChangeAsync);
        batches.MapPost("pause", PauseAsync);
        batches.MapPost("resume", ResumeAsync);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, SchedulerDbContext db, BatchViews views, CancellationToken cancellationToken) =>
        await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is { } batch
            ? await BatchesEndpoints.ViewAsync(http, views, batch, cancellationToken)
            : BatchesEndpoints.NotFound(id, "id");

    private static async Task<IResult> ChangeAsync(
        string id, HttpContext http, BatchControl control, BatchViews views, IOptions<CreationOptions> options,
        TimeProvider time, CancellationToken cancellationToken)
    {
        var max = options.Value.MaxBodyBytes;
        if (await BoundedBody.ReadAsync(http.Request, max, cancellationToken) is not { } bytes)
        {
            return OpenAiErrorResult.TooLarge($"The body is longer than {max} bytes.");
        }

        return BatchChange.Parse(bytes, time.GetUtcNow(), out var refusal) is { } change
            ? await AnswerAsync(id, http, views, request => control.ChangeAsync(request, change, cancellationToken))
            : refusal!;
    }

    private static Task<IResult> PauseAsync(
        string id, HttpContext http, BatchControl control, BatchViews views, CancellationToken cancellationToken) =>
        AnswerAsync(id, http, views, request => control.PauseAsync(request, cancellationToken));

    private static Task<IResult> ResumeAsync(
        string id, HttpContext http, BatchControl control, BatchViews views, CancellationToken cancellationToken) =>
        AnswerAsync(id, http, views, request => control.ResumeAsync(request, cancellationToken));

    private static async Task<IResult> AnswerAsync(
        string id, HttpContext http, BatchViews views, Func<ControlRequest, Task<BatchOrRefusal>> change)
    {
        var expected = RevisionTag.Expected(http.Request, out var refusal);
        if (refusal is not null)
        {
            return refusal;
        }

        var result = await change(new(http.Tenant(), id, expected));
        return result.Refusal is { } no
            ? no
            : await BatchesEndpoints.ViewAsync(http, views, result.Batch!, http.RequestAborted);
    }
}
