using Shouldly;
using Sluice.LocalCluster.Demo;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

public sealed class BatchProgressTests
{
    [Theory]
    [InlineData(0, "[--------------------]   0 %  in_progress, 0 of 1000, 0 lines/s, ETA unknown")]
    [InlineData(250, "[#####---------------]  25 %  in_progress, 250 of 1000, 125 lines/s, ETA 6 s")]
    [InlineData(1000, "[####################] 100 %  in_progress, 1000 of 1000, 500 lines/s, ETA 0 s")]
    public void A_line_has_a_bar_the_rate_and_when_it_will_end(int completed, string line) =>
        new BatchProgress("in_progress", completed, 1_000, TimeSpan.FromSeconds(2)).Line.ShouldBe(line);
}
