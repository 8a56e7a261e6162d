using Shouldly;
using Sluice.Gateway.Identity;
using Xunit;

namespace Sluice.Tests.Unit.Gateway;

public sealed class RightNamesTests
{
    [Theory]
    [InlineData("batches", (int)Rights.Batches)]
    [InlineData("batches|operator", (int)(Rights.Batches | Rights.Operator))]
    public void Alternatives_are_separated_by_bars(string names, int rights)
    {
        RightNames.TryParseAny(names, out var parsed).ShouldBeTrue();
        ((int)parsed).ShouldBe(rights);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("batches|")]
    [InlineData("batches|root")]
    public void One_unknown_name_refuses_all(string? names)
    {
        RightNames.TryParseAny(names, out var parsed).ShouldBeFalse();
        parsed.ShouldBe(Rights.None);
    }

    [Fact]
    public void The_hop_carries_names_with_commas()
    {
        RightNames.Join(Rights.Inference | Rights.Operator).ShouldBe("inference,operator");
    }
}
