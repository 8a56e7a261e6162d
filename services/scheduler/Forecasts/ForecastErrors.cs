namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// What became of earlier forecasts, and so of what a new one is to be multiplied with. A forecast knows what waits
/// now, not what will be submitted next; that, and all else that it does not know, is in here as measured. Not
/// thread-safe.
/// </summary>
/// <param name="histograms">As <see cref="ErrorHistogram"/> makes them.</param>
internal sealed class ForecastErrors(IReadOnlyDictionary<ErrorKey, double[]> histograms)
{
    /// <summary>Part of the batches that end within the range.</summary>
    public const double Coverage = 0.8;

    /// <summary>Fewer samples than these say little: then those of more forecasts are taken.</summary>
    private const double EnoughSamples = 20;

    private readonly Dictionary<ErrorKey, ForecastRange?> _ranges = [];

    /// <summary>
    /// From the errors of the same class and horizon, else of the class, else of all; without enough of these as its
    /// spread says.
    /// </summary>
    /// <param name="key">Which forecast it is.</param>
    /// <param name="spread">How far the measures that it is made from may be off, as a part of it.</param>
    public ForecastRange Of(ErrorKey key, double spread)
    {
        if (!_ranges.TryGetValue(key, out var range))
        {
            range = _ranges[key] = Measured(key);
        }

        return range ?? new(1 / (1 + spread), 1, 1 + spread);
    }

    private ForecastRange? Measured(ErrorKey key) =>
        (Enough(Sum(k => k == key)) ?? Enough(Sum(k => k.Class == key.Class)) ?? Enough(Sum(_ => true))) is { } weights
            ? Of(weights)
            : null;

    /// <summary>
    /// The next one is as likely to be in any gap between the samples, also before the first and after the last: of n
    /// samples the (n + 1) q-th is at q (split conformal prediction: Vovk, Gammerman and Shafer, 2005).
    /// </summary>
    private static ForecastRange Of(double[] weights)
    {
        var samples = weights.Sum();
        var high = Math.Min(1, (1 + Coverage) / 2 * (samples + 1) / samples);
        return new(
            ErrorHistogram.Quantile(weights, 1 - high),
            ErrorHistogram.Quantile(weights, 0.5),
            ErrorHistogram.Quantile(weights, high));
    }

    private static double[]? Enough(double[] weights) => weights.Sum() >= EnoughSamples ? weights : null;

    private double[] Sum(Func<ErrorKey, bool> which)
    {
        var sum = new double[ErrorHistogram.Bins];
        foreach (var weights in histograms.Where(h => which(h.Key)).Select(h => h.Value))
        {
            for (var bin = 0; bin < sum.Length; bin++)
            {
                sum[bin] += weights[bin];
            }
        }

        return sum;
    }
}
