using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

/// <summary>The table of messages in ARCHITECTURE.md, against the contracts and the services.</summary>
public sealed partial class ArchitectureTests
{
    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code { get; }

    private static IEnumerable<string[]> Rows => RepositoryFiles.Get("ARCHITECTURE.md").Lines
        .SkipWhile(l => !l.StartsWith("| message |", StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(l => l.StartsWith('|'))
        .Select(l => l.Trim('|').Split('|'));

    [Fact]
    public void Every_message_stands_in_the_table_once()
    {
        var contracts = SourceFile.All
            .Where(f => f.Path.StartsWith("shared/contracts/", StringComparison.Ordinal))
            .SelectMany(f => f.Types).Select(t => t.Identifier.Text);

        Rows.SelectMany(r => CodeIn(r[0])).ShouldBe(contracts, ignoreOrder: true);
    }

    [Fact]
    public void Senders_and_handlers_that_are_named_exist()
    {
        var types = SourceFile.All.Where(f => f.File.IsProduct)
            .SelectMany(f => f.Types).Select(t => t.Identifier.Text).ToHashSet(StringComparer.Ordinal);

        Rows.SelectMany(r => CodeIn(r[1]).Concat(CodeIn(r[2]))).Where(name => !types.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Queues_that_are_named_exist()
    {
        var product = SourceFile.All.Where(f => f.File.IsProduct).Select(f => f.File.Text).ToList();

        Rows.SelectMany(r => CodeIn(r[3]))
            .Where(queue => !product.Any(text => text.Contains($"\"{queue}\"", StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    private static IEnumerable<string> CodeIn(string cell) => Code.Matches(cell).Select(m => m.Groups[1].Value);
}
