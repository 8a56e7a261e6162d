using System.Net;
using System.Net.Http.Headers;
using Shouldly;
using Sluice.Inference.OpenAiCompatible;
using Xunit;

namespace Sluice.Tests.Unit.Inference;

public sealed class RetryAfterTests
{
    private static readonly FixedTime Time = new();

    [Fact]
    public void Seconds_are_taken_as_they_are() =>
        Read(new RetryConditionHeaderValue(TimeSpan.FromSeconds(7))).ShouldBe(TimeSpan.FromSeconds(7));

    [Theory]
    [InlineData(90, 90)]
    [InlineData(-90, 0)]
    public void A_date_is_the_time_until_then_and_never_negative(int inSeconds, int expected) =>
        Read(new RetryConditionHeaderValue(Time.GetUtcNow().AddSeconds(inSeconds)))
            .ShouldBe(TimeSpan.FromSeconds(expected));

    [Fact]
    public void Without_the_header_nothing_is_asked() => Read(null).ShouldBeNull();

    private static TimeSpan? Read(RetryConditionHeaderValue? header)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter = header;
        return OpenAiProvider.RetryAfter(response, Time);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddDays(20_000);
    }
}
