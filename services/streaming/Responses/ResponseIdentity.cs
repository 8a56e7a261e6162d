namespace Sluice.Streaming.Responses;

/// <summary>Which response, whose, of which model.</summary>
internal sealed record ResponseIdentity(ResponseKey Key, string Tenant, string Model);
