using Sluice.Scheduler.Batches;

namespace Sluice.Scheduler.Jobs;

/// <summary>A job as <c>/api/jobs</c> shows it. Times are Unix seconds; unset ones are null.</summary>
internal sealed record JobView
{
    public required string Id { get; init; }

    public string Object { get; } = "job";

    /// <summary>The batch that runs it: whatever shows, watches or changes batches takes this id.</summary>
    public required string BatchId { get; init; }

    /// <summary>As the <c>status</c> of a batch: validating, in_progress, … completed.</summary>
    public required string State { get; init; }

    public required RequestCountsView Tasks { get; init; }

    public required long CreatedAt { get; init; }

    public long? StartedAt { get; init; }

    public long? EndedAt { get; init; }

    public required BatchExtrasView Progress { get; init; }

    /// <summary>Why the tasks were refused after all; null otherwise.</summary>
    public BatchErrorsView? Errors { get; init; }

    /// <summary>The first results; null in a list.</summary>
    public IReadOnlyList<RawResult>? Results { get; init; }

    /// <summary>Whether there are more of them than are shown here.</summary>
    public required bool HasMoreResults { get; init; }

    /// <summary>All results that there are so far, JSON Lines.</summary>
    public required string ResultsUrl { get; init; }

    public static JobView Of(Guid id, BatchView batch, IReadOnlyList<RawResult>? results)
    {
        var name = Api.PublicId.Job(id);
        return new()
        {
            Id = name,
            BatchId = batch.Id,
            State = batch.Status,
            Tasks = batch.RequestCounts,
            CreatedAt = batch.CreatedAt,
            StartedAt = batch.InProgressAt,
            EndedAt = batch.CompletedAt ?? batch.FailedAt ?? batch.ExpiredAt ?? batch.CancelledAt,
            Progress = batch.XSluice,
            Errors = batch.Errors,
            Results = results,
            HasMoreResults = batch.RequestCounts.Completed + batch.RequestCounts.Failed > (results?.Count ?? 0),
            ResultsUrl = $"{JobsEndpoints.Path}/{name}/results",
        };
    }
}
