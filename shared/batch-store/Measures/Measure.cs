namespace Sluice.BatchStore.Measures;

/// <summary>
/// Samples of a quantity as three decayed sums: older samples count less, by half each <see
/// cref="MeasureTable.HalfLife"/>.
/// </summary>
/// <param name="Weight">Number of samples.</param>
/// <param name="Total">Their sum.</param>
/// <param name="Squares">Sum of their squares.</param>
public readonly record struct Measure(double Weight, double Total, double Squares)
{
    /// <summary>0 without a sample.</summary>
    public double Mean => Weight > 0 ? Total / Weight : 0;

    /// <summary>Standard deviation of single samples, in parts of the mean; 0 without a sample.</summary>
    public double Variation
    {
        get
        {
            var mean = Mean;
            return mean > 0 ? Math.Sqrt(Math.Max((Squares / Weight) - (mean * mean), 0)) / mean : 0;
        }
    }

    public static Measure operator +(Measure left, Measure right) => left.Add(right);

    /// <summary>Both sets of samples together.</summary>
    public Measure Add(Measure other) => new(Weight + other.Weight, Total + other.Total, Squares + other.Squares);

    /// <summary>One more sample.</summary>
    public Measure Add(double sample) => new(Weight + 1, Total + sample, Squares + (sample * sample));
}
