using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Forecasts whose errors are counted together.</summary>
/// <param name="Class">Of the batch, after ageing: what is submitted later delays lower classes more.</param>
/// <param name="Horizon">How far ahead: 0 below a minute, one more for each four times of that, up to 5.</param>
internal readonly record struct ErrorKey(ShardClass Class, int Horizon)
{
    private const int MaxHorizon = 5;

    public static ErrorKey Of(ShardClass shardClass, double seconds) => new(
        shardClass,
        seconds < 60 ? 0 : Math.Min(1 + (int)Math.Log(seconds / 60, 4), MaxHorizon));
}
