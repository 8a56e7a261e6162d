namespace Sluice.Scheduler.Dispatch;

/// <summary>What the workers can do, as a round sees it.</summary>
/// <param name="Workers">Living workers that are not about to stop.</param>
/// <param name="EndedLately">Shards that they ended in the last 2 s.</param>
internal sealed record DispatchLoad(int Workers, int EndedLately)
{
    /// <summary>
    /// Shards that may be outstanding: two seconds of work, by what the last two seconds saw. Work in the broker cannot
    /// be put in another order or taken back, and with slow lines a constant number would be minutes of it.
    /// </summary>
    public int Window(DispatchOptions options)
    {
        // Without a worker known the window stays open for one that is about to start.
        var workers = Math.Max(Workers, 1);
        var most = options.Window * workers;
        return Math.Clamp(EndedLately, Math.Min(options.MinWindow * workers, most), most);
    }
}
