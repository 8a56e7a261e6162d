namespace Sluice.Scheduler.Forecasts;

/// <summary>When a batch is expected to end.</summary>
/// <param name="BatchId">The batch.</param>
/// <param name="Earliest">Begin of the range.</param>
/// <param name="Expected">The single best guess.</param>
/// <param name="Latest">End of the range.</param>
/// <param name="IsAtRisk">Whether it would miss its deadline unless it goes first in its class.</param>
/// <param name="IsRaised">
/// Whether it goes first: it is at risk, and not lost already. Of work that is too much for all, what cannot be saved
/// would take the rest along.
/// </param>
internal sealed record Forecast(
    Guid BatchId, DateTimeOffset Earliest, DateTimeOffset Expected, DateTimeOffset Latest, bool IsAtRisk,
    bool IsRaised);
