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
    public static Creation? Find(CreationRequest request, IEnumerable<Creation> made)
    {
        var free = made.Where(creation => !creation.Answered.Contains(request.RetryCount)).ToList();

        // A retry takes what a lower count made. Of several it takes the one whose chain has come furthest: two clients
        // that send the same body at the same time each end with one batch.
        var earlier = free
            .Where(c => c.Answered.Min() < request.RetryCount && c.ReceivedAt <= request.ReceivedAt)
            .MaxBy(c => c.Answered.Where(count => count < request.RetryCount).Max());
        if (earlier is not null)
        {
            return earlier;
        }

        // This one was slow: a retry of it that was received later has been here before.
        return free.Find(c => c.Answered.Min() > request.RetryCount && c.ReceivedAt > request.ReceivedAt);
    }
}
