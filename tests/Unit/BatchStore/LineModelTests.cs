using System.Text;
using Shouldly;
using Sluice.BatchStore.Lines;
using Xunit;

namespace Sluice.Tests.Unit.BatchStore;

public sealed class LineModelTests
{
    [Theory]
    [InlineData("""{"model":"gpt-x","messages":[]}""", "gpt-x")]
    [InlineData("""{"messages":[{"model":"inner"}],"a":{"model":"b"},"model":"\u0061"}""", "a")]
    [InlineData("""{"model":1}""", null)]
    [InlineData("""{"model":null}""", null)]
    [InlineData("""{"model":"\ud800"}""", null)]
    [InlineData("""{"messages":[]}""", null)]
    [InlineData("""["model"]""", null)]
    [InlineData("""{"a":[1,""", null)]
    [InlineData("", null)]
    public void The_model_is_the_one_of_the_body_itself(string body, string? model) =>
        LineModel.Of(Encoding.UTF8.GetBytes(body)).ShouldBe(model);

    [Fact]
    public void A_name_that_is_too_long_is_none() =>
        LineModel.Of(Encoding.UTF8.GetBytes($$"""{"model":"{{new string('m', 257)}}"}""")).ShouldBeNull();
}
