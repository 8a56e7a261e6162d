using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Forecasts;

/// <summary>What the forecasts of all batches of one class say together.</summary>
/// <param name="Class">After ageing.</param>
/// <param name="EndSeconds">Time to the expected end of the one that ends last; null while all are paused.</param>
/// <param name="SlackSeconds">
/// Least time from the latest expected end of one to its deadline, negative when that comes first; null without
/// deadlines. Of a paused one as if it were resumed now.
/// </param>
internal sealed record ClassOutlook(ShardClass Class, double? EndSeconds, double? SlackSeconds)
{
    /// <summary>One for each class that has forecasts. Pure.</summary>
    public static IReadOnlyList<ClassOutlook> Of(IEnumerable<Forecast> forecasts, DateTimeOffset now) =>
    [
        .. forecasts.GroupBy(f => f.Key.Class).OrderBy(g => g.Key).Select(g => new ClassOutlook(
            g.Key,
            g.Where(f => !f.IsPaused).Max(f => (double?)(f.Expected - now).TotalSeconds),
            g.Min(f => (f.Deadline - f.Latest)?.TotalSeconds))),
    ];
}
