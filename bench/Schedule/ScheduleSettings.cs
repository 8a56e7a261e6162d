namespace Sluice.Bench.Schedule;

/// <summary>Size of the simulated world.</summary>
/// <param name="Batches">Batches that are submitted.</param>
/// <param name="Over">Simulated time over which they come.</param>
/// <param name="Seed">Makes the same world again.</param>
internal sealed record ScheduleSettings(int Batches, TimeSpan Over, int Seed)
{
    public const int Workers = 4;

    /// <summary>Shards that one worker runs at once.</summary>
    public const int Slots = 4;

    /// <summary>Lines that one worker runs at once, over its shards.</summary>
    public const int LinesPerWorker = 32;

    /// <summary>Part of what the workers can do that is submitted.</summary>
    public const double Load = 0.95;
}
