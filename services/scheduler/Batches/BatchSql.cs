namespace Sluice.Scheduler.Batches;

/// <summary>Conditions on batches.</summary>
internal static class BatchSql
{
    /// <summary>SQL: it has not ended. The states are those of the index <c>batches_by_input</c>.</summary>
    public static string Running(string alias) =>
        $"{alias}.current_state NOT IN ('Completed', 'Failed', 'Cancelled', 'Expired')";
}
