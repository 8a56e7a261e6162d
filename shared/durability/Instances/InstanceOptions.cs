using System.ComponentModel.DataAnnotations;

namespace Sluice.Durability.Instances;

/// <summary>Configuration section <c>Instances</c>: how process incarnations prove that they live.</summary>
public sealed class InstanceOptions
{
    public const string Section = "Instances";

    /// <summary>
    /// How often an instance moves its counter and looks at the others'. Default 0.5 s, range 0.05 s to 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:10")]
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// How long a counter must stand still, on the observer's monotonic clock and with the database answering all the
    /// time, until the instance is dead for that observer. Default 3 s, range 0.2 s to 2 min; at least 3 × RenewEvery.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.200", "00:02:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a fenced row is observed before it is deleted, and one of a dead instance that owned nothing before it
    /// is fenced. Default 1 h, range 1 s to 30 d. By then every shard of a dead owner has long been dispatched again.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan Retention { get; init; } = TimeSpan.FromHours(1);
}
