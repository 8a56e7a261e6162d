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
}
