using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

public sealed partial class AdrTests
{
    private const int LineLimit = 80;

    private static IEnumerable<RepositoryFile> Adrs => RepositoryFiles.WithExtension(".md")
        .Where(f => f.Path.StartsWith("docs/adr/", StringComparison.Ordinal) && f.Path != "docs/adr/README.md");

    [GeneratedRegex(@"^docs/adr/(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$")]
    private static partial Regex FileName { get; }

    [Fact]
    public void File_names_are_a_number_and_a_title() =>
        Adrs.Select(f => f.Path).Where(p => !FileName.IsMatch(p)).ShouldBeEmpty();

    [Fact]
    public void Numbers_are_unique() =>
        Adrs.GroupBy(f => FileName.Match(f.Path).Groups[1].Value).Where(g => g.Count() > 1)
            .Select(g => string.Join(", ", g)).ShouldBeEmpty();

    [Fact]
    public void Decision_records_are_short() =>
        Adrs.Where(f => f.Lines.Count > LineLimit).Select(f => $"{f.Path}: {f.Lines.Count} lines").ShouldBeEmpty();

    [Fact]
    public void Decision_records_have_every_part()
    {
        string[] parts = ["context", "option", "decision", "consequence", "verif"];
        var missing =
            from file in Adrs
            let headings = file.Lines.Where(l => l.StartsWith('#')).Select(l => l.ToLowerInvariant()).ToList()
            from part in parts
            where !headings.Any(h => h.Contains(part, StringComparison.Ordinal))
            select $"{file.Path}: no heading with \"{part}\"";

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void The_index_lists_every_record()
    {
        var index = RepositoryFiles.Get("docs/adr/README.md").Text;

        Adrs.Select(f => Path.GetFileName(f.Path)).Where(n => !index.Contains($"({n})", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }
}
