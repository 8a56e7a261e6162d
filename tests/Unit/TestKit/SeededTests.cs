using Shouldly;
using Sluice.TestKit;
using Xunit;

namespace Sluice.Tests.Unit.TestKit;

public sealed class SeededTests
{
    [Fact]
    public void One_purpose_draws_the_same_again_and_another_draws_otherwise()
    {
        var draws = Draw("kills");

        Draw("kills").ShouldBe(draws);
        Draw("freezes").ShouldNotBe(draws);
    }

    private static int[] Draw(string purpose)
    {
        var random = Seeded.For(purpose);
        return [random.Next(), random.Next(), random.Next()];
    }
}
