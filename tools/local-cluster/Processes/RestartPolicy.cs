namespace Sluice.LocalCluster.Processes;

/// <summary>
/// How long to wait before a dead process is started again: not at all when it lived long enough to have worked, else
/// longer each time, so that a process that cannot start does not burn the machine.
/// </summary>
internal sealed class RestartPolicy
{
    /// <summary>A process that lived this long is restarted at once.</summary>
    public static readonly TimeSpan Healthy = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Between two starts that the machine refuses.</summary>
    public static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    private int _shortLives;

    public TimeSpan DelayAfter(TimeSpan lifetime)
    {
        if (lifetime >= Healthy)
        {
            _shortLives = 0;
            return TimeSpan.Zero;
        }

        var delay = FirstDelay * Math.Pow(2, Math.Min(_shortLives++, 10));
        return delay < LongestDelay ? delay : LongestDelay;
    }
}
