namespace Sluice.BatchStore.Sql;

/// <summary>
/// The first CTE of every statement by which an owner writes: its unfenced instance row, locked so that fencing it
/// waits for this commit. Parameter 1 is the instance.
/// </summary>
internal static class InstanceGuard
{
    public const string Cte =
        $"me AS MATERIALIZED (SELECT 1 FROM {BatchStoreSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)";
}
