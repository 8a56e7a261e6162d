namespace Sluice.Scheduler.Forecasts;

/// <summary>What a forecast and a suggestion are made from.</summary>
/// <param name="Batches">Batches in progress.</param>
/// <param name="LinesPerWorker">Lines that one busy worker runs at once, above 0.</param>
/// <param name="Workers">Living workers.</param>
/// <param name="Weight">Weight of a tenant, at least 1.</param>
internal sealed record ForecastInput(
    IReadOnlyList<ForecastBatch> Batches, double LinesPerWorker, int Workers, Func<string, int> Weight);
