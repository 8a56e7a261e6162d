using Sluice.Scheduler.Data;

namespace Sluice.Scheduler.Files;

/// <summary>Which files a batch still needs.</summary>
internal static class FileUse
{
    /// <summary>
    /// SQL: a batch that has not ended reads the file. The states are those of the index <c>batches_by_input</c>.
    /// </summary>
    public static string InUse(string fileId) =>
        $"""
         EXISTS (SELECT FROM {SchedulerSchema.Name}.batches b WHERE b.input_file_id = {fileId}
                 AND b.current_state NOT IN ('Completed', 'Failed', 'Cancelled', 'Expired'))
         """;
}
