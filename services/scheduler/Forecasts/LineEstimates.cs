using Sluice.BatchStore.Measures;

namespace Sluice.Scheduler.Forecasts;

/// <summary>What the measures say about lines and workers; defaults where nothing was measured. Pure.</summary>
internal sealed class LineEstimates
{
    // Without a measure a guess may well be off by this factor.
    private const double GuessSpread = 4;
    private const double OtherModelSpread = 1;

    private readonly IReadOnlyDictionary<MeasureKey, Measure> _measures;
    private readonly ForecastOptions _options;
    private readonly Measure _anyModel;
    private readonly Measure _parallel;

    public LineEstimates(IReadOnlyDictionary<MeasureKey, Measure> measures, ForecastOptions options)
    {
        (_measures, _options) = (measures, options);
        _anyModel = measures.Where(m => m.Key.Kind == MeasureKind.LineTime)
            .Aggregate(default(Measure), (sum, m) => sum + m.Value);
        _parallel = measures.GetValueOrDefault(new(MeasureKind.ParallelLines, ""));
    }

    /// <summary>Lines that a busy worker runs at once.</summary>
    public double LinesPerWorker => _parallel.Weight > 0 ? Math.Max(_parallel.Mean, 1) : _options.LinesPerWorker;

    /// <summary>Calls that a busy worker has open; the other lines that it has in hand wait.</summary>
    public double CallsPerWorker =>
        _measures.TryGetValue(new(MeasureKind.ParallelCalls, ""), out var calls) && calls.Weight > 0
            ? calls.Mean
            : LinesPerWorker;

    /// <summary>Whether the time of its lines was measured.</summary>
    public bool Knows(string model) =>
        _measures.TryGetValue(new(MeasureKind.LineTime, model), out var own) && own.Weight > 0;

    /// <summary>Mean time of a line, and the spread of what so many of them take.</summary>
    /// <param name="models">The models of a sample of a batch's lines.</param>
    /// <param name="lines">Lines without a result.</param>
    public (double Seconds, double Spread) Of(IReadOnlyCollection<string> models, double lines)
    {
        var (seconds, variance, samples) = (0.0, 0.0, 0);
        IEnumerable<string> names = models.Count == 0 ? [""] : models;
        foreach (var (mean, deviation) in names.Select(OfModel))
        {
            seconds += mean;
            variance += deviation * deviation;
            samples++;
        }

        var own = Math.Sqrt(variance / samples);
        var parallel = _parallel.Weight > 0 ? _parallel.Variation / Math.Sqrt(_parallel.Weight) : OtherModelSpread;
        var luck = _anyModel.Variation / Math.Sqrt(Math.Max(lines, 1));
        var spread = Math.Sqrt((own * own) + (parallel * parallel) + (luck * luck));
        return (Math.Max(seconds / samples, 1e-6), Math.Max(spread, _options.LeastSpread));
    }

    /// <summary>Mean time of a model's lines, and how far that mean may be off, in parts of it.</summary>
    private (double Mean, double Deviation) OfModel(string model)
    {
        if (_measures.TryGetValue(new(MeasureKind.LineTime, model), out var own) && own.Weight > 0)
        {
            return (own.Mean, Math.Max(own.Variation, 0.1) / Math.Sqrt(Math.Max(own.Weight, 1)));
        }

        return _anyModel.Weight > 0
            ? (_anyModel.Mean, OtherModelSpread)
            : (_options.LineTime.TotalSeconds, GuessSpread);
    }
}
