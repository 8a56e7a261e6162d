namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>The system's clock, with leaps. Timers run as they do. Thread-safe.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private long _leap;

    public void Jump(TimeSpan leap) => Interlocked.Add(ref _leap, leap.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Leap;

    public override long GetTimestamp() =>
        System.GetTimestamp() + (long)(Leap.TotalSeconds * System.TimestampFrequency);

    private TimeSpan Leap => TimeSpan.FromTicks(Interlocked.Read(ref _leap));
}
