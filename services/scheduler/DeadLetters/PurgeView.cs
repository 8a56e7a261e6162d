namespace Sluice.Scheduler.DeadLetters;

/// <summary>How many dead letters match, or were removed.</summary>
internal sealed record PurgeView(bool DryRun, long Count)
{
    public string Object { get; } = "dead_letter.purge";
}
