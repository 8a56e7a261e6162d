namespace Sluice.Scheduler.Forecasts;

/// <summary>What a foretold time is multiplied with.</summary>
/// <param name="Low">For the begin of the range.</param>
/// <param name="Middle">For the best guess.</param>
/// <param name="High">For the end of the range.</param>
internal readonly record struct ForecastRange(double Low, double Middle, double High);
