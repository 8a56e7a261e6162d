using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Scheduler.Api;

namespace Sluice.Scheduler.Forecasts;

/// <summary>What an autoscaler reads: <c>/api/workers/suggested</c>, over all tenants, for operators.</summary>
internal static class WorkersEndpoints
{
    public static void MapWorkers(this IEndpointRouteBuilder app) =>
        app.MapGroup("/api/workers").AddEndpointFilter<ProblemFilter>().MapGet("suggested", SuggestedAsync);

    private static async Task<IResult> SuggestedAsync(
        NpgsqlDataSource dataSource, ForecastInputs inputs, IOptions<ForecastOptions> options, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var input = await inputs.ReadAsync(connection, now, cancellationToken);
        var suggestion = WorkerSuggestion.Of(input.Batches, input.LinesPerWorker, now, options.Value);
        return TypedResults.Json(
            new SuggestedWorkersView
            {
                Suggested = suggestion.Workers,
                Alive = input.Workers,
                Reason = suggestion.Reason,
                Batches = input.Batches.Count,
                Lines = input.Batches.Sum(b => b.Lines),
                LineSeconds = Math.Round(suggestion.LineSeconds, 3),
                LinesPerWorker = Math.Round(input.LinesPerWorker, 3),
            },
            SchedulerJsonContext.Default.SuggestedWorkersView);
    }
}
