using Sluice.BatchStore;

namespace Sluice.Scheduler.Data;

/// <summary>Where the scheduler's tables live: the batch store's schema, which workers share.</summary>
internal static class SchedulerSchema
{
    public const string Name = BatchStoreSchema.Name;
}
