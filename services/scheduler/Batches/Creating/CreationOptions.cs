using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Batches.Creating;

/// <summary>Creating batches, and telling a repeated request from a new one (section <c>Batches</c>).</summary>
internal sealed class CreationOptions
{
    public const string Section = "Batches";

    /// <summary>Longest body of POST /v1/batches. Default 64 KiB, 1 KiB to 1 MiB, bytes.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxBodyBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// How long a request with a retry count finds the batch of the request that it repeats. Default 10 min, 1 s to 24
    /// h, not longer than <see cref="KeyRetention"/>.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetryWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an Idempotency-Key is remembered. Default 24 h, 1 h to 30 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan KeyRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Requests of this process that may wait, each with a connection of its own, for one with the same
    /// Idempotency-Key; others get 409. Default 10; 1 to 1,000.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxKeyWaits { get; init; } = 10;
}
