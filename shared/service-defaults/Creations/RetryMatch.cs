namespace Sluice.ServiceDefaults.Creations;

/// <summary>
/// Finds what a repeated POST without an Idempotency-Key asks for, among what was made within the window for the same
/// tenant and body. Pure: the caller serialises requests of one tenant and body.
/// </summary>
public static class RetryMatch
{
    /// <typeparam name="T">A record of what was made.</typeparam>
    /// <param name="request">The request at hand.</param>
    /// <param name="made">Oldest first, without what was made under a key.</param>
    /// <param name="answered">
    /// Retry counts of the requests that were answered with it, each once, and when the gateway received them.
    /// </param>
    /// <returns>What it repeats; null when it makes something new.</returns>
    public static T? Find<T>(
        CreationRequest request, IEnumerable<T> made, Func<T, IEnumerable<(int Count, DateTimeOffset At)>> answered)
        where T : class =>
        // Of several it takes the one whose chain has come furthest: two clients that send the same body at the same
        // time each end with one.
        made.Where(one => Fits(request, answered(one))).MaxBy(one => Furthest(request, answered(one)));

    /// <summary>
    /// Whether the request may be one of those that were answered with the same: a count that is free there, received
    /// after all lower ones and before all higher ones. They may be processed in any order.
    /// </summary>
    private static bool Fits(CreationRequest request, IEnumerable<(int Count, DateTimeOffset At)> answered) =>
        answered.All(one => one.Count < request.RetryCount ? one.At <= request.ReceivedAt
            : one.Count > request.RetryCount && one.At > request.ReceivedAt);

    /// <summary>The highest count below the request's; -1 when only retries of it have been here.</summary>
    private static int Furthest(CreationRequest request, IEnumerable<(int Count, DateTimeOffset At)> answered) =>
        answered.Select(one => one.Count).Where(count => count < request.RetryCount).DefaultIfEmpty(-1).Max();
}
