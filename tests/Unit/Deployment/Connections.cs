namespace Sluice.Tests.Unit.Deployment;

/// <summary>Of PostgreSQL's <c>max_connections</c>.</summary>
internal static class Connections
{
    /// <summary>Its <c>superuser_reserved_connections</c>, which no service gets.</summary>
    public const int Reserved = 3;
}
