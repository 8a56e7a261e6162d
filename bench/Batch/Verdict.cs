namespace Sluice.Bench.Batch;

/// <summary>A figure beside its target.</summary>
/// <param name="Text">Both, as a sentence.</param>
/// <param name="IsReached">Whether it was reached.</param>
internal sealed record Verdict(string Text, bool IsReached)
{
    public static Verdict AtLeast(string what, double value, double target, string unit) =>
        new($"{what}: {Number(value)}{unit} (target {Number(target)}{unit} or more)", value >= target);

    public static Verdict AtMost(string what, double value, double target, string unit) =>
        new($"{what}: {Number(value)}{unit} (target {Number(target)}{unit} or less)", value <= target);

    private static string Number(double value) => value >= 100 ? Figures.Rate(value) : Figures.Decimals(value);
}
