using System.Globalization;
using Sluice.BatchStore.Shards;

namespace Sluice.Scheduler.Batches.Priorities;

/// <summary>
/// Priority of a batch: a number from 0 to 39, lower first. The tens are its class (0 to 9 critical, 10 to 19 high, 20
/// to 29 normal, 30 to 39 low); within a class the number orders the batches of one tenant, and tenants share whatever
/// numbers they use. The name of a class stands for the middle of it.
/// </summary>
internal readonly record struct BatchPriority(int Number)
{
    public const int Lowest = 39;

    private const int NumbersPerClass = 10;
    private const int Middle = 5;

    public static BatchPriority Normal { get; } = Of(ShardClass.Normal);

    /// <summary>For refusals: what a priority may be.</summary>
    public static string Known { get; } = "'critical', 'high', 'normal', 'low', or a whole number from 0 (first) to 39";

    public ShardClass Class => (ShardClass)(Number / NumbersPerClass);

    public static BatchPriority Of(ShardClass shardClass) => new(((int)shardClass * NumbersPerClass) + Middle);

    /// <summary>Null for a number that is no priority.</summary>
    public static BatchPriority? Of(long number) => number is >= 0 and <= Lowest ? new((int)number) : null;

    /// <summary>The name of a class, or a number in decimal digits; null for anything else.</summary>
    public static BatchPriority? Parse(string text)
    {
        foreach (var shardClass in ShardClasses.All)
        {
            if (text == shardClass.Name())
            {
                return Of(shardClass);
            }
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Of(number) : null;
    }
}
