namespace Sluice.Scheduler.Batches.Creating;

/// <summary>
/// Finds the batch that a repeated POST without an Idempotency-Key asks for, among those of the same tenant and body
/// that were made within the window. Pure: the caller serialises requests of one tenant and body.
/// </summary>
internal static class RetryMatch
{
    /// <param name="request">The request at hand.</param>
    /// <param name="made">Oldest first, without those made under a key.</param>
    /// <returns>What it repeats; null when it makes a new batch.</returns>
    public static Creation? Find(CreationRequest request, IEnumerable<Creation> made) =>
        // Of several it takes the one whose chain has come furthest: two clients that send the same body at the same
        // time each end with one batch.
        made.Where(creation => Fits(request, creation)).MaxBy(creation => Furthest(request, creation));

    /// <summary>
    /// Whether the request may be one of those that a creation has answered: a count that is free there, received after
    /// all lower ones and before all higher ones. They may be processed in any order.
    /// </summary>
    private static bool Fits(CreationRequest request, Creation creation) =>
        creation.Answered.Zip(creation.AnsweredAt).All(answered =>
            answered.First < request.RetryCount ? answered.Second <= request.ReceivedAt
            : answered.First > request.RetryCount && answered.Second > request.ReceivedAt);

    /// <summary>The highest count below the request's; -1 when only retries of it have been here.</summary>
    private static int Furthest(CreationRequest request, Creation creation) =>
        creation.Answered.Where(count => count < request.RetryCount).DefaultIfEmpty(-1).Max();
}
