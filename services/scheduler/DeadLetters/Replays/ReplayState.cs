namespace Sluice.Scheduler.DeadLetters.Replays;

/// <summary>How far a replay is, as stored.</summary>
internal enum ReplayState : short
{
    Running = 0,

    /// <summary>Every letter was sent again, or skipped because its payload is gone.</summary>
    Completed = 1,

    /// <summary>Too many failed again: the rest is open.</summary>
    Stopped = 2,
}
