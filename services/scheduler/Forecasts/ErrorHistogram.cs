namespace Sluice.Scheduler.Forecasts;

/// <summary>
/// Factors by which batches took longer than was foretold, as weights of bins of an eighth of an octave, from 1/64 to
/// 64; what is beyond counts there. Older samples count less: a hundred of them about as much as all before. Pure.
/// </summary>
internal static class ErrorHistogram
{
    public const int Bins = 2 * Octaves * PerOctave;

    private const int Octaves = 6;
    private const int PerOctave = 8;
    private const double Kept = 0.99;

    /// <summary>The weights with one more sample.</summary>
    /// <param name="weights"><see cref="Bins"/> weights; null for none.</param>
    /// <param name="factor">Real time by foretold time, above 0.</param>
    public static double[] Add(double[]? weights, double factor)
    {
        var next = weights is null ? new double[Bins] : Array.ConvertAll(weights, w => w * Kept);
        next[BinOf(factor)]++;
        return next;
    }

    /// <summary>The factor below which this part of the samples is.</summary>
    /// <param name="weights">Not all 0.</param>
    /// <param name="part">0 to 1.</param>
    public static double Quantile(IReadOnlyList<double> weights, double part)
    {
        var rest = weights.Sum() * part;
        var bin = 0;
        while (bin < weights.Count - 1 && rest > weights[bin])
        {
            rest -= weights[bin++];
        }

        var inside = weights[bin] > 0 ? Math.Clamp(rest / weights[bin], 0, 1) : 0;
        return Math.Pow(2, ((bin + inside) / PerOctave) - Octaves);
    }

    private static int BinOf(double factor) =>
        Math.Clamp((int)Math.Floor((Math.Log2(Math.Max(factor, 1e-9)) + Octaves) * PerOctave), 0, Bins - 1);
}
