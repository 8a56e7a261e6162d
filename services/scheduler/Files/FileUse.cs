using Sluice.BatchStore.DeadLetters;
using Sluice.Scheduler.Batches;
using Sluice.Scheduler.Data;
using Sluice.Scheduler.DeadLetters;

namespace Sluice.Scheduler.Files;

/// <summary>Which files a batch or a dead letter still needs.</summary>
internal static class FileUse
{
    /// <summary>SQL: a batch that has not ended reads the file.</summary>
    public static string InUse(string fileId) =>
        $"""
         EXISTS (SELECT FROM {SchedulerSchema.Name}.batches b WHERE b.input_file_id = {fileId}
                 AND {BatchSql.Running("b")})
         """;

    /// <summary>
    /// SQL: the bytes are the payload of a dead letter that may be replayed, also one whose replay runs and may come to
    /// nothing.
    /// </summary>
    public static string IsPayload(string blobId) =>
        $"""
         (EXISTS (SELECT FROM {LetterTable.Name} d WHERE d.blob_id = {blobId}
                  AND d.state <> {(int)LetterState.Replayed})
          OR EXISTS (SELECT FROM {LetterTable.Name} d JOIN {SchedulerSchema.Name}.batches b ON b.id = d.follow_up_batch
                     WHERE d.blob_id = {blobId} AND {BatchSql.Running("b")}))
         """;
}
