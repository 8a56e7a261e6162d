namespace Sluice.Durability.Instances;

/// <summary>
/// What this process has observed of the other incarnations. Thread-safe; renewed about every half second.
/// </summary>
public interface IInstanceWatch
{
    /// <summary>
    /// Ids that are fenced, or whose counter stood still for a whole lease while the database answered all the time. A
    /// snapshot: it never changes under the reader. A stalled or reconnecting observer starts all observations anew, so
    /// an outage of the database makes nobody dead.
    /// </summary>
    IReadOnlyCollection<Guid> Dead { get; }

    /// <summary>Ids that moved their counter within the lease; this process included.</summary>
    IReadOnlyCollection<Guid> Alive { get; }
}
