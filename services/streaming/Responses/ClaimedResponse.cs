namespace Sluice.Streaming.Responses;

/// <summary>A response that this instance has taken over.</summary>
/// <param name="Key">Which.</param>
/// <param name="Tenant">Whose.</param>
/// <param name="Model">Model as asked for.</param>
/// <param name="Head">What its chunks begin with.</param>
/// <param name="Request">As it was first made.</param>
/// <param name="Next">Where its log ends.</param>
internal sealed record ClaimedResponse(
    ResponseKey Key, string Tenant, string Model, byte[] Head, byte[] Request, long Next);
