namespace Sluice.Bench.Fanout;

/// <param name="Readers">Of the latency measurement.</param>
/// <param name="PerSecond">Its events per second.</param>
/// <param name="Duration">Its length.</param>
/// <param name="Rounds">How often it is made, over all ways in turns.</param>
/// <param name="Crowd">Readers of the search for the highest rate.</param>
/// <param name="LateEvents">Events that a late reader finds.</param>
/// <param name="Idle">Readers of a silent stream.</param>
internal sealed record FanoutSettings(
    int Readers, int PerSecond, TimeSpan Duration, int Rounds, int Crowd, int LateEvents, int Idle);
