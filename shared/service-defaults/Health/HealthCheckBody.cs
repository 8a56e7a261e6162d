namespace Sluice.ServiceDefaults.Health;

/// <summary>One check of <see cref="HealthBody"/>.</summary>
internal sealed record HealthCheckBody(string Status, string? Description);
