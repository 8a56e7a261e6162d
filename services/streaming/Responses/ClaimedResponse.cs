namespace Sluice.Streaming.Responses;

/// <summary>A response that this instance has taken over.</summary>
/// <param name="Identity">What it is, with its request; it goes on where its log ends.</param>
/// <param name="Head">What its chunks begin with.</param>
internal sealed record ClaimedResponse(ResponseIdentity Identity, byte[] Head);
