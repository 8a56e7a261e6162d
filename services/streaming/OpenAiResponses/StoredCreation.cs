namespace Sluice.Streaming.OpenAiResponses;

/// <summary>A request that made a response, or was about to.</summary>
/// <param name="ResponseId">The response.</param>
/// <param name="BodyHash">SHA-256 of the body as received.</param>
/// <param name="Answered">Which requests were answered with it: their retry counts and when they were received.</param>
/// <param name="IsMade">The response is there.</param>
/// <param name="IsVoid">
/// It counts no more: it is too old, the instance that was to make the response was fenced before, or its response
/// failed or was cancelled, unless that is a background one.
/// </param>
internal sealed record StoredCreation(
    Guid ResponseId, byte[] BodyHash, List<(int Count, DateTimeOffset At)> Answered, bool IsMade, bool IsVoid);
