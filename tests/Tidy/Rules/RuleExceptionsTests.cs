using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Rules;

public sealed class RuleExceptionsTests
{
    private const string List = "# why\nfile-length a.cs - 450\n";

    [Fact]
    public void An_entry_allows_what_it_names_and_no_more()
    {
        var exceptions = new RuleExceptions(List);

        exceptions.Apply("file-length", [Long("a.cs", 450)]).ShouldBeEmpty();
        exceptions.Apply("file-length", [Long("a.cs", 451)]).ShouldContain(f => f.Value == 451);
        exceptions.Apply("file-length", [Long("a.cs", 450), Long("b.cs", 420)])
            .ShouldHaveSingleItem().Path.ShouldBe("b.cs");
    }

    [Fact]
    public void An_entry_that_nothing_needs_is_a_finding() =>
        new RuleExceptions(List).Apply("file-length", []).ShouldHaveSingleItem().Message.ShouldContain("remove it");

    [Fact]
    public void An_entry_that_allows_too_much_is_a_finding() =>
        new RuleExceptions(List).Apply("file-length", [Long("a.cs", 430)])
            .ShouldHaveSingleItem().Message.ShouldContain("from 450 to 430");

    private static Finding Long(string path, int lines) => new(path, 1, "-", "long", lines);
}
