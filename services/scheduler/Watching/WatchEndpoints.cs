using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.BatchStore.Results;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Api;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;
using Sluice.ServiceDefaults.Errors;
using Sluice.ServiceDefaults.Internal;

namespace Sluice.Scheduler.Watching;

/// <summary>What is shown of a batch while it runs: <c>/api/batches/{id}</c>.</summary>
internal static class WatchEndpoints
{
    public static void MapWatching(this IEndpointRouteBuilder app)
    {
        var batch = app.MapGroup("/api/batches/{id}").AddEndpointFilter(new ProblemFilter());
        batch.MapGet("shards", ShardsAsync);
        batch.MapGet("events", EventsAsync);
        batch.MapGet("results", ResultsAsync);
    }

    public static OpenAiErrorResult NotFound(string id) => OpenAiErrorResult.NotFound(
        $"No such batch: {(id.Length <= 64 ? id : id[..64] + "…")}", "id", "batch_not_found");

    private static async Task<IResult> ShardsAsync(
        string id, HttpContext http, SchedulerDbContext db, CancellationToken cancellationToken)
    {
        if (await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is not { } batch)
        {
            return NotFound(id);
        }

        if (ShardQuery.Read(http.Request.Query, out var refusal) is not { } query)
        {
            return refusal!;
        }

        await db.Database.OpenConnectionAsync(cancellationToken);
        var shards = await ShardReads.ListAsync(
            (NpgsqlConnection)db.Database.GetDbConnection(), batch.CorrelationId, query.State, query.After,
            query.Limit + 1, cancellationToken);
        return TypedResults.Json(
            ListView<ShardView>.Of([.. shards.Select(ShardView.Of)], query.Limit, s => s.Cursor),
            WatchJsonContext.Default.ListViewShardView);
    }

    private static async Task<IResult> EventsAsync(
        string id, HttpContext http, SchedulerDbContext db, ProgressStreaming streaming,
        CancellationToken cancellationToken)
    {
        if (await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is not { } batch)
        {
            return NotFound(id);
        }

        // A browser that comes back repeats the query and adds the header: then the header is newer.
        ProgressPosition? known = null;
        var comesBack = http.Request.Headers.ContainsKey("Last-Event-ID");
        var sent = comesBack ? http.Request.Headers["Last-Event-ID"] : http.Request.Query["after"];
        if (sent.Count > 0)
        {
            var name = comesBack ? "Last-Event-ID" : "after";
            await db.Database.OpenConnectionAsync(cancellationToken);
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            if (!ProgressPosition.TryParse(sent.ToString(), out var position)
                || position.Lsn > await ProgressLook.LogPositionAsync(connection, cancellationToken))
            {
                return OpenAiErrorResult.BadRequest(
                    $"'{name}' is not the id of an event of this stream; leave it out to get the state now.",
                    name,
                    "invalid_position");
            }

            known = position;
            await db.Database.CloseConnectionAsync();
        }

        return await streaming.AnswerAsync(http, batch.CorrelationId, known, comesBack);
    }

    private static async Task<IResult> ResultsAsync(
        string id, HttpContext http, SchedulerDbContext db, PartialResults results,
        CancellationToken cancellationToken)
    {
        if (await db.FindBatchAsync(http.Tenant(), id, cancellationToken) is not { } batch)
        {
            return NotFound(id);
        }

        var query = http.Request.Query;
        ResultKind? kind = query["kind"].ToString() switch
        {
            "" or "output" => ResultKind.Output,
            "error" => ResultKind.Error,
            _ => null,
        };
        if (kind is null)
        {
            return OpenAiErrorResult.BadRequest("'kind' must be 'output' or 'error'.", "kind", "invalid_kind");
        }

        var after = PagePosition.Start;
        if (query["after"].ToString() is { Length: > 0 } text && !PagePosition.TryParse(text, out after))
        {
            return OpenAiErrorResult.BadRequest(
                $"'after' must be what the header {PartialResults.NextHeader} of an earlier answer said.",
                "after",
                "invalid_position");
        }

        return await results.AnswerAsync(http, batch, kind.Value, after);
    }
}
