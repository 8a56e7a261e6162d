using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Batches.Priorities;

namespace Sluice.Bench.Schedule;

/// <summary>
/// The batches that come: of twenty tenants, some of which send far more than others, with sizes from one shard to many
/// hundreds, four classes, three models, and windows of an hour to a day that each would meet alone.
/// </summary>
internal static class SimulatedWorld
{
    private const int Tenants = 20;

    private static readonly (string Model, double Seconds)[] Models = [("fast", 0.5), ("middle", 2), ("slow", 5)];
    private static readonly double[] Windows = [1, 2, 6, 12, 24];

    /// <summary>Mean time of a model's line at a time of the day: providers are slower around noon.</summary>
    public static double SecondsPerLine(string model, DateTimeOffset now) =>
        Array.Find(Models, m => m.Model == model).Seconds
        * (1 + (0.25 * Math.Sin(Math.PI * now.TimeOfDay.TotalDays)));

    public static IReadOnlyList<SimulatedBatch> Create(ScheduleSettings settings, DateTimeOffset begin)
    {
        var random = new Random(settings.Seed);
        var sizes = Enumerable.Range(0, settings.Batches).Select(_ => Math.Exp(random.NextGaussian() * 1.5)).ToList();
        var models = sizes.Select(_ => Models[random.Next(Models.Length)].Model).ToList();
        var capacity = ScheduleSettings.Load * ScheduleSettings.Workers * ScheduleSettings.LinesPerWorker
            * settings.Over.TotalSeconds;
        var work = sizes.Zip(models, (size, model) => size * SecondsPerLine(model, begin.AddHours(6))).Sum();
        return [.. sizes.Zip(models, (size, model) => Batch(
            random,
            model,
            begin + (settings.Over * random.NextDouble()),
            Math.Max(1, (int)Math.Round(size * capacity / work / SimulatedBatch.ShardLines))))
            .OrderBy(b => b.CreatedAt)];
    }

    private static SimulatedBatch Batch(Random random, string model, DateTimeOffset at, int shards)
    {
        var alone = TimeSpan.FromSeconds(shards * SimulatedBatch.ShardLines * SecondsPerLine(model, at)
            / (ScheduleSettings.Workers * ScheduleSettings.LinesPerWorker));
        var fitting = Windows.Select(TimeSpan.FromHours).Where(window => window > alone * 2).ToList();
        var window = fitting.Count == 0 ? TimeSpan.FromHours(Windows[^1]) : fitting[random.Next(fitting.Count)];
        return new()
        {
            Id = new(random.Next(), 0, 0, BitConverter.GetBytes(random.NextInt64())),
            Tenant = "tenant-" + (int)(Tenants * Math.Pow(random.NextDouble(), 3)),
            Model = model,
            Priority = BatchPriority.Of(random.NextDouble() switch
            {
                < 0.05 => ShardClass.Critical,
                < 0.2 => ShardClass.High,
                < 0.8 => ShardClass.Normal,
                _ => ShardClass.Low,
            }),
            CreatedAt = at,
            Deadline = at + window,
            Shards = shards,
            Ready = shards,
            ServedAt = at,
        };
    }

    /// <summary>Standard normal, by Box and Muller.</summary>
    private static double NextGaussian(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
