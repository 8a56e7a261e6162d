using Shouldly;
using Sluice.Scheduler.Forecasts;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class ForecastOptionsTests
{
    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.2, 4)]
    [InlineData(3, 10)]
    public void The_break_after_a_forecast_grows_with_its_time_and_has_an_end(double took, double seconds) =>
        new ForecastOptions().BreakAfter(TimeSpan.FromSeconds(took)).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void A_longer_interval_holds() =>
        new ForecastOptions { Interval = TimeSpan.FromMinutes(1) }.BreakAfter(TimeSpan.FromSeconds(30))
            .ShouldBe(TimeSpan.FromMinutes(1));
}
