namespace Sluice.Gateway.Identity;

/// <summary>
/// What the gateway vouches for on the internal hop; one per admitted request, the same for every attempt to forward
/// it.
/// </summary>
internal sealed record Admission(string Tenant, Rights Rights, DateTimeOffset ReceivedAt, string? ResponseId);
