namespace Sluice.ServiceDefaults.Health;

/// <summary>Body of <c>/healthz/*</c>.</summary>
internal sealed record HealthBody(string Status, IReadOnlyDictionary<string, HealthCheckBody> Checks);
