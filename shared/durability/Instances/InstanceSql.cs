namespace Sluice.Durability.Instances;

/// <summary>SQL texts that make ownership hold.</summary>
public static class InstanceSql
{
    /// <summary>
    /// Yields one row if the instance <c>@instance</c> may write, else none; put it into the same statement as the
    /// write (<c>WITH me AS MATERIALIZED (guard) … WHERE EXISTS (SELECT 1 FROM me)</c>) or first into the same
    /// transaction. The share lock makes <see cref="IInstances.FenceAsync"/> wait for the commit; joining the epoch
    /// alone would read an old snapshot and does not fence.
    /// </summary>
    public static string Guard(string schema) =>
        $"SELECT 1 FROM {schema}.instances WHERE id = @instance AND NOT fenced FOR SHARE";
}
