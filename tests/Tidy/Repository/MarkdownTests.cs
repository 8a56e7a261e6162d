using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

public sealed partial class MarkdownTests
{
    [GeneratedRegex(@"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")]
    private static partial Regex Link { get; }

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock { get; }

    [GeneratedRegex(@"^#{1,6} +(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading { get; }

    [Fact]
    public void Relative_links_resolve()
    {
        var broken =
            from file in RepositoryFiles.WithExtension(".md")
            from match in Link.Matches(CodeBlock.Replace(file.Text, ""))
            let target = match.Groups[1].Value
            where !target.Contains("://", StringComparison.Ordinal) && !Resolves(file, target)
            select $"{file.Path}: {target}";

        broken.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("## Run one test", "run-one-test")]
    [InlineData("# `./run`, and its options", "run-and-its-options")]
    public void A_heading_gives_an_anchor(string heading, string anchor) =>
        Anchors(heading).ShouldBe([anchor]);

    private static bool Resolves(RepositoryFile from, string target)
    {
        var parts = target.Split('#', 2);
        var path = parts[0].Length == 0 ? from.Path : Normalize(from.Path, parts[0]);
        var full = Path.Combine(RepositoryFiles.Root, path);
        if (!File.Exists(full) && !Directory.Exists(full))
        {
            return false;
        }

        return parts.Length == 1 || Anchors(RepositoryFiles.Get(path).Text).Contains(parts[1], StringComparer.Ordinal);
    }

    private static string Normalize(string from, string target)
    {
        var folder = Path.GetDirectoryName(from) ?? "";
        return Path.GetRelativePath(
            RepositoryFiles.Root, Path.GetFullPath(Path.Combine(RepositoryFiles.Root, folder, target)));
    }

    /// <summary>Anchors as code hosts build them: lower case, punctuation dropped, blanks to hyphens.</summary>
    private static IEnumerable<string> Anchors(string markdown) =>
        from match in Heading.Matches(CodeBlock.Replace(markdown, ""))
        let kept = match.Groups[1].Value.Trim().ToLowerInvariant()
            .Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_')
        select new string([.. kept]).Replace(' ', '-');
}
