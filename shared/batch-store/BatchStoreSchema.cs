namespace Sluice.BatchStore;

/// <summary>Where the batch tables live.</summary>
public static class BatchStoreSchema
{
    /// <summary>PostgreSQL schema, shared with the scheduler's own tables.</summary>
    public const string Name = "scheduler";
}
