namespace Sluice.BatchWorker.Lines;

/// <summary>What a line has been through.</summary>
/// <param name="Failed">Attempts that ended retryably, rate limits not counted.</param>
/// <param name="Limited">Rate-limited answers in a row.</param>
/// <param name="LimitedSince">Monotonic time of the first of them.</param>
internal readonly record struct LineAttempts(int Failed, int Limited, TimeSpan LimitedSince);
