using System.Globalization;
using Xunit;

namespace Sluice.TestKit;

/// <summary>
/// Randomness that a failed run can be repeated with: from <c>SLUICE_SEED</c>, else drawn; printed either way.
/// </summary>
public static class Seeded
{
    /// <summary>The seed of this test process.</summary>
    public static int Seed { get; } = Read();

    /// <summary>True when fault tests are to run in full counts (<c>./test --soak</c>).</summary>
    public static bool Soak { get; } = Environment.GetEnvironmentVariable("SLUICE_SOAK") == "1";

    /// <summary>
    /// A generator of its own for each <paramref name="purpose"/>, so that one test's draws do not depend on which
    /// others run. Prints the seed to the test's output.
    /// </summary>
    public static Random For(string purpose)
    {
        ArgumentNullException.ThrowIfNull(purpose);
        TestContext.Current.TestOutputHelper?.WriteLine($"SLUICE_SEED={Seed} ({purpose})");
        var mixed = purpose.Aggregate(Seed, (hash, letter) => unchecked((hash * 31) + letter));
        return new Random(mixed);
    }

    private static int Read()
    {
        var given = Environment.GetEnvironmentVariable("SLUICE_SEED");
        return int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : Random.Shared.Next();
    }
}
