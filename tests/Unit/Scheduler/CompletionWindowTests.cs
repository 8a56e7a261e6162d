using Shouldly;
using Sluice.Scheduler.Batches;
using Xunit;

namespace Sluice.Tests.Unit.Scheduler;

public sealed class CompletionWindowTests
{
    [Theory]
    [InlineData("1m", 1)]
    [InlineData("90m", 90)]
    [InlineData("43200m", 43_200)]
    [InlineData("24h", 1_440)]
    [InlineData("720h", 43_200)]
    [InlineData("07d", 10_080)]
    [InlineData("30d", 43_200)]
    public void A_number_of_minutes_hours_or_days_is_a_window(string text, int minutes) =>
        CompletionWindow.Parse(text).ShouldBe(new(text, TimeSpan.FromMinutes(minutes)));

    [Fact]
    public void Immediate_is_a_window_without_an_end()
    {
        var window = CompletionWindow.Parse("immediate").ShouldNotBeNull();

        window.EndsAfter(DateTimeOffset.UnixEpoch).ShouldBeNull();
        window.DefaultPriority.Class.ShouldBe(Sluice.BatchStore.Shards.ShardClass.High);
    }

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("24")]
    [InlineData("0m")]
    [InlineData("0d")]
    [InlineData("-1h")]
    [InlineData("+1h")]
    [InlineData("1.5h")]
    [InlineData(" 1h")]
    [InlineData("1 h")]
    [InlineData("1H")]
    [InlineData("60s")]
    [InlineData("43201m")]
    [InlineData("721h")]
    [InlineData("31d")]
    [InlineData("99999d")]
    [InlineData("999999999999999999999d")]
    [InlineData("PT1H")]
    [InlineData("soon")]
    [InlineData("Immediate")]
    [InlineData("٣h")]
    public void Anything_else_is_none(string text) => CompletionWindow.Parse(text).ShouldBeNull();

    [Fact]
    public void A_window_ends_at_a_whole_millisecond() =>
        new CompletionWindow("1m", TimeSpan.FromMinutes(1)).EndsAfter(DateTimeOffset.UnixEpoch.AddTicks(12_345))
            .ShouldBe(DateTimeOffset.UnixEpoch.AddMinutes(1).AddMilliseconds(1));
}
