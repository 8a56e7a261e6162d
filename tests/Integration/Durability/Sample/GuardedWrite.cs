using Sluice.Durability.Instances;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>A write of an owner, as services make them: one statement behind the guard.</summary>
internal static class GuardedWrite
{
    /// <param name="instance">The owner.</param>
    /// <param name="text">Of the effect it writes.</param>
    /// <param name="held">Whether the statement waits for the advisory lock 1 between its guard and its write.</param>
    public static string Sql(Guid instance, string text, bool held = false) => $"""
        WITH me AS MATERIALIZED ({Guard(instance)}),
            held AS MATERIALIZED (SELECT {(held ? "pg_advisory_xact_lock(1)" : "1")} FROM me)
        INSERT INTO durable.effects (message, text)
        SELECT gen_random_uuid(), '{text}' FROM held
        """;

    private static string Guard(Guid instance) => InstanceSql.Guard(DurableDb.Schema)
        .Replace("@instance", $"'{instance}'", StringComparison.Ordinal);
}
