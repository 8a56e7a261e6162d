using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Tenants;

/// <summary>What one tenant gets (section <c>Tenants:Default</c>, or <c>Tenants:Named:&lt;tenant&gt;</c>).</summary>
internal sealed class TenantOptions
{
    /// <summary>
    /// Share of the workers among tenants with waiting work of one class: with 2 it gets twice the lines of one with 1.
    /// Default 1, range 1 to 1,000.
    /// </summary>
    [Range(1, 1000)]
    public int Weight { get; init; } = 1;

    /// <summary>
    /// Batches that are validated, wait, run or are paused at one time; another one is refused. Default 1,000, range 1
    /// to 1,000,000, batches.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxBatches { get; init; } = 1000;

    /// <summary>
    /// Lines of all those batches, finished ones included. Default 20,000,000, range 1 to 10,000,000,000, lines.
    /// </summary>
    [Range(1L, 10_000_000_000L)]
    public long MaxLines { get; init; } = 20_000_000;

    /// <summary>Input bytes of all those batches. Default 64 GiB, range 1 KiB to 1 PiB, bytes.</summary>
    [Range(1024L, 1L << 50)]
    public long MaxBytes { get; init; } = 64L << 30;
}
