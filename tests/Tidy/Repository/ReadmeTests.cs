using System.Text.RegularExpressions;
using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

public sealed partial class ReadmeTests
{
    [GeneratedRegex(@"`([A-Z]\w+?)__(\w+?)(?:__[^`]*)?`")]
    private static partial Regex Setting { get; }

    [GeneratedRegex("const string Section = \"([^\"]+)\"")]
    private static partial Regex Section { get; }

    [Fact]
    public void Settings_of_the_table_exist()
    {
        var known = OptionsClasses.All()
            .SelectMany(o => OptionsClasses.SettingsOf(o.Type)
                .Select(p => $"{Section.Match(o.Type.ToString()).Groups[1].Value}__{p.Identifier.Text}"))
            .ToHashSet(StringComparer.Ordinal);

        var unknown = Setting.Matches(RepositoryFiles.Get("README.md").Text)
            .Where(m => m.Groups[1].Value is not ("ConnectionStrings" or "ReverseProxy" or "Section"))
            .Select(m => $"{m.Groups[1].Value}__{m.Groups[2].Value}")
            .Where(name => !known.Contains(name));

        unknown.ShouldBeEmpty();
    }

    [Fact]
    public void Options_of_run_are_those_that_it_has()
    {
        var options = RepositoryFiles.WithExtension(".cs")
            .Where(f => f.Path.StartsWith("tools/local-cluster/", StringComparison.Ordinal))
            .Select(f => f.Text).ToList();

        var named = Regex.Matches(RepositoryFiles.Get("README.md").Text, @"^\| `--.*$", RegexOptions.Multiline)
            .SelectMany(row => Regex.Matches(row.Value.Split('|')[1], "--[a-z-]+").Select(m => m.Value)).ToList();

        named.ShouldNotBeEmpty();
        named.Where(name => !options.Any(text => text.Contains($"\"{name}\"", StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }
}
