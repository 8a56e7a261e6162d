namespace Sluice.Scheduler.Tenants;

/// <summary>Configuration section <c>Tenants</c>.</summary>
internal sealed class TenantsOptions
{
    public const string Section = "Tenants";

    /// <summary>Every tenant that is not named. Default: the defaults of its settings.</summary>
    public TenantOptions Default { get; init; } = new();

    /// <summary>
    /// Tenants with settings of their own, each with all of them: what one does not set has its own default, not that
    /// of <see cref="Default"/>. Default none.
    /// </summary>
    public Dictionary<string, TenantOptions> Named { get; init; } = new(StringComparer.Ordinal);

    public TenantOptions Of(string tenant) => Named.GetValueOrDefault(tenant, Default);
}
