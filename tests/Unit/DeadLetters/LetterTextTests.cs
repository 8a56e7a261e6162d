using System.Text;
using Shouldly;
using Sluice.BatchStore.DeadLetters;
using Xunit;

namespace Sluice.Tests.Unit.DeadLetters;

public sealed class LetterTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("späť 🙂", "späť 🙂")]
    [InlineData("a\0b", "a\uFFFDb")]
    public void What_the_database_refuses_is_replaced(string text, string stored)
    {
        LetterText.Clean(text, 100).ShouldBe(stored);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_replaced()
    {
        LetterText.Clean("half \uD83D", 100).ShouldBe("half \uFFFD");
        LetterText.Clean("\uDE42 half", 100).ShouldBe("\uFFFD half");
    }

    [Fact]
    public void A_long_text_is_cut_and_no_character_in_two()
    {
        LetterText.Clean("abcdef", 3).ShouldBe("abc");
        LetterText.Clean("ab🙂", 3).ShouldBe("ab\uFFFD");
    }

    [Theory]
    [InlineData("\"a\\u00e4\"", "aä")]
    [InlineData("\"\\u0000\"", "\uFFFD")]
    [InlineData("null", null)]
    [InlineData("17", null)]
    [InlineData("\"\\ud83d\"", null)]
    [InlineData("", null)]
    public void A_custom_id_is_decoded_if_it_is_one(string json, string? text)
    {
        LetterText.OfJson(Encoding.UTF8.GetBytes(json)).ShouldBe(text);
    }
}
