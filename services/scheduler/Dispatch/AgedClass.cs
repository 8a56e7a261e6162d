namespace Sluice.Scheduler.Dispatch;

/// <summary>
/// The class of a batch after ageing, in SQL: the number that <see cref="DispatchCandidate.PriorityAt"/> gives.
/// </summary>
internal static class AgedClass
{
    /// <summary>
    /// Of a row <c>a</c> with <c>priority</c>, <c>waited</c>, <c>served_at</c> and <c>outstanding</c>. Parameters:
    /// <c>now</c>, <c>step</c> in seconds, and <c>leastWait</c>, which is <see cref="DispatchCandidate.LeastWait"/>.
    /// </summary>
    public const string Sql =
        """
        greatest(a.priority / 10 - greatest(floor(extract(epoch FROM a.waited + CASE
            WHEN a.outstanding = 0 AND @now - a.served_at >= @leastWait THEN @now - a.served_at
            ELSE interval '0' END) / @step), 0), 0)::int
        """;

    /// <summary>
    /// <see cref="DispatchCandidate.ServedAt"/> of a batch <c>b</c> and its turns <c>t</c>, if there are any. Time in
    /// which shards of it are parked is no waiting. Parameter: <c>now</c>.
    /// </summary>
    /// <param name="parkedUntil">
    /// Column of the time at which the last parked one of its ready shards is, or was, due; null for none.
    /// </param>
    public static string ServedAt(string parkedUntil) =>
        $"""
         greatest(coalesce(t.served_at, b.in_progress_at, b.created_at),
                  CASE WHEN {parkedUntil} < @now THEN {parkedUntil} WHEN {parkedUntil} IS NOT NULL THEN @now END)
         """;
}
