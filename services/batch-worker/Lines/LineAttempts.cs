namespace Sluice.BatchWorker.Lines;

/// <summary>What a line has been through. Times are monotonic.</summary>
/// <param name="Started">When its first attempt began.</param>
/// <param name="Allowed">Attempts that the line asks for; null for the configured number.</param>
/// <param name="Failed">Attempts that ended retryably, rate limits not counted.</param>
/// <param name="Limited">Rate-limited answers in a row.</param>
/// <param name="LimitedSince">When the first of them came.</param>
internal readonly record struct LineAttempts(
    TimeSpan Started, int? Allowed = null, int Failed = 0, int Limited = 0, TimeSpan LimitedSince = default);
