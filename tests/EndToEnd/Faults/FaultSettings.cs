using System.Globalization;
using Xunit;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>
/// How often faults are injected, and where: few rounds unless <c>SLUICE_SOAK=1</c>; <c>SLUICE_SEED</c> repeats a run.
/// </summary>
internal static class FaultSettings
{
    public static bool Soak { get; } = Environment.GetEnvironmentVariable("SLUICE_SOAK") == "1";

    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("SLUICE_SEED"), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : System.Random.Shared.Next(1, 1_000_000);

    /// <summary>
    /// A generator of its own for each test, so that their order does not matter; prints what repeats it.
    /// </summary>
    public static Random Seeded(string test)
    {
        Say($"SLUICE_SEED={Seed}{(Soak ? " SLUICE_SOAK=1" : "")}: {test}");
        return new Random(HashCode(test) ^ Seed);
    }

    public static int Rounds(int few, int soak) => Soak ? soak : few;

    public static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    // string.GetHashCode differs from process to process.
    private static int HashCode(string text) => text.Aggregate(17, (hash, c) => unchecked((hash * 31) + c));
}
