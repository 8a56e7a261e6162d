using System.Text;
using Shouldly;
using Sluice.Bench.Stream;
using Xunit;

namespace Sluice.Tests.Unit.Bench;

public sealed class StampScanTests
{
    private const string Text = """
        id: 0
        data: {"choices":[{"delta":{"role":"assistant","content":""}}]}

        id: 1
        data: {"choices":[{"delta":{"content":"1000"}}]}

        id: 2
        data: {"choices":[{"delta":{"content":" 2000"}}]}

        id: 3
        data: [DONE]


        """;

    [Fact]
    public void Stamps_are_found_in_their_order_and_other_contents_passed_over()
    {
        var (stamps, rest) = Scan(Text);

        stamps.ShouldBe([1_000, 2_000]);
        Text[rest..].ShouldContain("[DONE]");
    }

    /// <summary>The text comes in two reads, cut anywhere: every stamp is taken once.</summary>
    [Fact]
    public void Every_stamp_is_taken_once_wherever_the_text_is_cut()
    {
        for (var cut = 0; cut <= Text.Length; cut++)
        {
            var (first, rest) = Scan(Text[..cut]);
            var (second, _) = Scan(Text[rest..]);

            first.Concat(second).ShouldBe([1_000, 2_000], $"cut at {cut}");
        }
    }

    private static (List<long> Stamps, int Left) Scan(string text)
    {
        var scan = new StampScan(Encoding.ASCII.GetBytes(text));
        var stamps = new List<long>();
        while (scan.TryNext(out var stamp))
        {
            stamps.Add(stamp);
        }

        return (stamps, scan.Rest);
    }
}
