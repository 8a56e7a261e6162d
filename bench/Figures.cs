using System.Globalization;

namespace Sluice.Bench;

/// <summary>Numbers as the tables show them.</summary>
internal static class Figures
{
    public static string Rate(double perSecond) => perSecond.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Milliseconds(TimeSpan span) =>
        span.TotalMilliseconds.ToString("#,0 ms", CultureInfo.InvariantCulture);

    public static string Ratio(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Decimals(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
