using Shouldly;
using Sluice.Scheduler.Jobs;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class JobOptionsTests
{
    [Theory]
    [InlineData("00:01:00", true)]
    [InlineData("1.00:30:00", true)]
    [InlineData("00:01:30", false)]
    public void A_window_is_whole_minutes(string window, bool isValid) =>
        new JobOptionsValidator().Validate(null, new() { Window = TimeSpan.Parse(window) })
            .Succeeded.ShouldBe(isValid);
}
