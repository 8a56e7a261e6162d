using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

/// <summary>
/// What no text file of the repository holds. The words are put together here, as this file is one of them.
/// </summary>
public sealed partial class TextTests
{
    private static readonly string[] s_lineLimited =
        [".mjs", ".js", ".ts", ".sh", ".sql", ".yml", ".yaml", ".csproj", ".props", ""];

    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|X" + @"XX)\b")]
    private static partial Regex Marker { get; }

    [GeneratedRegex(@"(?<![\w.$}\]])/(wo" + @"rk|ro" + @"ot|ho" + @"me/\w+|Us" + @"ers)/")]
    private static partial Regex MachinePath { get; }

    [GeneratedRegex(
        @"(registry\.npm" + @"js\.|np" + @"mjs\.(org|com)|api\.nu" + @"get\.|pypi\.|artifac" + @"tory|deb\.deb"
        + @"ian)")]
    private static partial Regex RegistryHost { get; }

    [Fact]
    public void No_marker_of_unfinished_work() => Matches(Marker).ShouldBeEmpty();

    [Fact]
    public void No_path_of_one_machine() => Matches(MachinePath).ShouldBeEmpty();

    [Fact]
    public void No_host_of_a_package_registry() => Matches(RegistryHost).ShouldBeEmpty();

    [Fact]
    public void Lines_of_scripts_and_settings_keep_to_120_columns()
    {
        var tooLong =
            from file in RepositoryFiles.All
            where s_lineLimited.Contains(Path.GetExtension(file.Path), StringComparer.Ordinal) && file.Path != "LICENSE"
            from line in file.Lines.Select((text, i) => (Text: text, No: i + 1))
            where line.Text.Length > 120
            select $"{file.Path}:{line.No}: {line.Text.Length} columns";

        tooLong.ShouldBeEmpty();
    }

    [Fact]
    public void Text_files_end_with_one_line_end_and_have_no_carriage_return()
    {
        var wrong =
            from file in RepositoryFiles.All
            where file.Text.Length > 0 && !file.Path.EndsWith("packages.lock.json", StringComparison.Ordinal)
            where !file.Text.EndsWith('\n') || file.Text.Contains('\r', StringComparison.Ordinal)
            select file.Path;

        wrong.ShouldBeEmpty();
    }

    private static IEnumerable<string> Matches(Regex pattern) =>
        from file in RepositoryFiles.All
        where !file.Path.EndsWith("packages.lock.json", StringComparison.Ordinal)
        from line in file.Lines.Select((text, i) => (Text: text, No: i + 1))
        where pattern.IsMatch(line.Text)
        select $"{file.Path}:{line.No}: {line.Text.Trim()}";
}
