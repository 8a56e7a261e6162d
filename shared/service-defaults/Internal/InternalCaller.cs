namespace Sluice.ServiceDefaults.Internal;

/// <summary>Who called, as the gateway vouched for it; a feature of requests that passed the secret.</summary>
internal sealed record InternalCaller(string? Tenant, IReadOnlyList<string> Rights, DateTimeOffset ReceivedAt);
