namespace Sluice.Bench.Takeover;

/// <summary>What <c>bench takeover</c> does.</summary>
internal sealed record TakeoverSettings(int Rounds, int DelayMs);
