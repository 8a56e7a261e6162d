namespace Sluice.Bench.Fanout;

/// <param name="Events">Stamped events of the stream.</param>
/// <param name="Interval">Between two of them; whole milliseconds.</param>
/// <param name="First">From its opening to the first event: the time that readers have to join; whole ms.</param>
internal sealed record FanoutScript(int Events, TimeSpan Interval, TimeSpan First)
{
    /// <summary>From the opening to the last event.</summary>
    public TimeSpan Duration => First + (Interval * (Events - 1));
}
