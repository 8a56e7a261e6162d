namespace Sluice.Streaming.Responses;

/// <summary>Which response, whose, of which model, and whether it goes through the log.</summary>
internal sealed record ResponseIdentity(ResponseKey Key, string Tenant, string Model, bool IsLogged);
