namespace Sluice.Bench.Fanout;

/// <param name="Readers">Of the latency measurement.</param>
/// <param name="PerSecond">Its events per second.</param>
/// <param name="Duration">Its length.</param>
/// <param name="Crowd">Readers of the search for the highest rate.</param>
/// <param name="LateEvents">Events that a late reader finds.</param>
/// <param name="Idle">Readers of a silent stream.</param>
internal sealed record FanoutSettings(
    int Readers, int PerSecond, TimeSpan Duration, int Crowd, int LateEvents, int Idle);
