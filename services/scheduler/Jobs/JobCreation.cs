using Microsoft.Extensions.Options;
using Sluice.BatchStore.Blobs;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Batches.Creating;
using Sluice.Scheduler.Files;
using Sluice.ServiceDefaults.Creations;

namespace Sluice.Scheduler.Jobs;

/// <summary>Makes a job: its tasks become the input file of a batch, which is created like any other.</summary>
internal sealed partial class JobCreation(
    IBlobStore blobs,
    BatchCreation creation,
    IOptions<JobOptions> options,
    TimeProvider time,
    ILogger<JobCreation> logger)
{
    /// <summary>Returns the batch that the request made, or that the one it repeats had made.</summary>
    public async Task<CreationResult> RunAsync(
        CreationRequest request, JobTasks tasks, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        if (NewJob.BodyOf(id, tasks, options.Value.Window, out var refusal) is not { } body)
        {
            return refusal!;
        }

        var lines = new MemoryStream(tasks.Lines.ToArray(), writable: false);
        var blob = await blobs.WriteAsync(lines, long.MaxValue, cancellationToken);
        var input = new StoredFile
        {
            Id = id,
            Tenant = request.Tenant,
            Purpose = FilePurpose.Tasks,
            Filename = "tasks.jsonl",
            Bytes = blob.Bytes,
            Lines = tasks.Count,
            Status = FileStatus.Processed,
            CreatedAt = now,
            ExpiresAt = now + options.Value.InputRetention,
            Kind = StoredFile.Blob,
            BlobId = blob.Id,
        };

        // When this throws, the outcome may be unknown: the bytes stay, and the sweep removes them if nobody has them.
        var result = await creation.RunAsync(request, new NewJob(input, tasks.Count, body), cancellationToken);
        if (result.Batch?.InputFileId != input.Id)
        {
            await RemoveAsync(blob.Id);
        }

        return result;
    }

    private async Task RemoveAsync(Guid blob)
    {
        try
        {
            await blobs.DeleteAsync(blob, CancellationToken.None);
        }
        catch (Npgsql.NpgsqlException exception)
        {
            Log.Left(logger, exception, blob);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning,
            "Could not remove the tasks of a repeated request, blob {Blob}; the sweep will")]
        public static partial void Left(ILogger logger, Exception exception, Guid blob);
    }
}
