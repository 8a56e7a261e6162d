using System.Globalization;

namespace Sluice.Bench.Fanout;

/// <summary>What Sluice is to reach beside the peer of the same run.</summary>
internal static class FanoutTargets
{
    private const double LateMs = 100;
    private const double IdleKiB = 40;

    /// <summary>Each target as a sentence, and whether it was reached.</summary>
    /// <param name="peer">Nchan.</param>
    /// <param name="direct">At the streaming service.</param>
    /// <param name="gateway">Through the gateway.</param>
    public static IEnumerable<(string Text, bool IsReached)> Judge(
        FanoutFigures peer, FanoutFigures direct, FanoutFigures gateway)
    {
        foreach (var (way, share) in ((FanoutFigures, double)[])[(direct, 1), (gateway, 0.5)])
        {
            yield return (
                $"{way.Way}: complete for every reader ({way.Steady.Result.Incomplete} incomplete)",
                way.Steady.Result.Incomplete == 0);
            var p99 = way.P99 / peer.P99;
            yield return ($"{way.Way}: p99 {Ratio(p99)} of the peer's (target 1.00 or less)", p99 <= 1);
            var rate = way.HighestRate / Math.Max(1, peer.HighestRate);
            yield return (
                $"{way.Way}: highest rate {Ratio(rate)} of the peer's (target {Ratio(share)} or more)", rate >= share);
            yield return (
                $"{way.Way}: late reader {Number(way.LateMs)} ms (target {LateMs:0} or less)", way.LateMs <= LateMs);
        }

        var idle = (direct.IdleBytes ?? double.NaN) / 1_024;
        yield return ($"{direct.Way}: idle reader {Number(idle)} KiB (target {IdleKiB:0} or less)", idle <= IdleKiB);
    }

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("#,0.0", CultureInfo.InvariantCulture);
}
