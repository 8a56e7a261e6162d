namespace Sluice.Streaming.FanOut;

/// <summary>Who generates a response.</summary>
/// <param name="Instance">Its incarnation.</param>
/// <param name="Address">Where it is reached; null when it cannot be.</param>
internal sealed record FollowedOwner(Guid Instance, Uri? Address);
