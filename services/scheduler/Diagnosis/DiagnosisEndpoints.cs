using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Watching;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Diagnosis;

/// <summary>Why a batch is slow or stuck: <c>/api/batches/{id}/diagnosis</c>.</summary>
internal static class DiagnosisEndpoints
{
    public static void MapDiagnosis(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/batches/{id}/diagnosis", DiagnoseAsync).AddEndpointFilter(new ProblemFilter());

    private static async Task<IResult> DiagnoseAsync(
        string id, HttpContext http, SchedulerDbContext db, IInstanceWatch instances,
        IOptions<DispatchOptions> dispatch, TimeProvider time)
    {
        var cancellationToken = http.RequestAborted;
        if (await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is not { } batch)
        {
            return WatchEndpoints.NotFound(id);
        }

        await db.Database.OpenConnectionAsync(cancellationToken);
        var facts = await FactsQuery.ReadAsync(
            (NpgsqlConnection)db.Database.GetDbConnection(), batch.CorrelationId, instances.Alive, time.GetUtcNow(),
            dispatch.Value.AgeingStep, cancellationToken);
        return TypedResults.Json(
            new DiagnosisView
            {
                BatchId = PublicId.Batch(batch.CorrelationId),
                Status = BatchStatus.Of(batch),
                LookedAt = time.GetUtcNow().ToUnixTimeSeconds(),
                Findings = DiagnosisRules.Find(facts),
            },
            DiagnosisJsonContext.Default.DiagnosisView);
    }
}
