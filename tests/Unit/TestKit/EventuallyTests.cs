using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.TestKit;

public sealed class EventuallyTests
{
    [Fact]
    public async Task It_asks_until_the_answer_is_yes()
    {
        var asked = 0;

        await Eventually.Until("it was asked three times", () => ++asked == 3);

        asked.ShouldBe(3);
    }

    [Fact]
    public async Task A_failure_names_what_was_waited_for_and_the_last_exception()
    {
        var last = new InvalidOperationException("not yet");

        var failure = await Should.ThrowAsync<TimeoutException>(() => Eventually.Until(
            "the moon is blue", bool () => throw last, TimeSpan.FromMilliseconds(60)));

        failure.Message.ShouldContain("the moon is blue");
        failure.InnerException.ShouldBe(last);
    }
}
