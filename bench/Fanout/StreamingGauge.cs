using System.Globalization;

namespace Sluice.Bench.Fanout;

/// <summary>What the streaming service's <c>/metrics</c> say.</summary>
internal static class StreamingGauge
{
    private const string Name = "sluice_readers_active ";

    /// <summary>Readers that are joined now; 0 before the first one ever was.</summary>
    public static long Readers(string metrics) => metrics.Split('\n')
        .Where(line => line.StartsWith(Name, StringComparison.Ordinal))
        .Select(line => (long)double.Parse(line[Name.Length..], CultureInfo.InvariantCulture))
        .SingleOrDefault();
}
