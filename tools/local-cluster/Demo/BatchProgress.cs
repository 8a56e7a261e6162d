namespace Sluice.LocalCluster.Demo;

/// <summary>How far a batch is, in words.</summary>
/// <param name="Status">As the API says it.</param>
/// <param name="Completed">Lines.</param>
/// <param name="Total">Lines.</param>
/// <param name="Elapsed">Since the batch was made.</param>
internal readonly record struct BatchProgress(string Status, int Completed, int Total, TimeSpan Elapsed)
{
    private const int BarCells = 20;

    public int Tenths => Completed * 10 / Total;

    /// <summary><c>in_progress, 250 of 1000, 125 lines/s, ETA 6 s</c>; no ETA before the first line.</summary>
    public string Text
    {
        get
        {
            var rate = Completed / Math.Max(Elapsed.TotalSeconds, 0.001);
            var left = Completed == 0 ? "ETA unknown" : $"ETA {Math.Ceiling((Total - Completed) / rate):0} s";
            return $"{Status}, {Completed} of {Total}, {rate:0} lines/s, {left}";
        }
    }

    /// <summary>The same behind a bar of characters.</summary>
    public string Line
    {
        get
        {
            var full = Completed * BarCells / Total;
            return $"[{new string('#', full)}{new string('-', BarCells - full)}] {Completed * 100 / Total,3} %  {Text}";
        }
    }
}
