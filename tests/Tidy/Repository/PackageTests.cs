using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

public sealed partial class PackageTests
{
    private static IEnumerable<RepositoryFile> Projects => RepositoryFiles.WithExtension(".csproj");

    [GeneratedRegex(@"^\[?\d+(\.\d+){1,3}\]?$")]
    private static partial Regex ExactVersion { get; }

    [Theory]
    [InlineData("MassTransit")]
    [InlineData("MassTransit.RabbitMQ")]
    public void MassTransit_is_pinned_to_its_last_version_that_works_here(string package) =>
        Versions()[package].ShouldBe("[8.4.0]", "see ADR 0001 for the licence and the broker client.");

    [Fact]
    public void Every_version_is_exact_and_central()
    {
        Versions().Where(v => !ExactVersion.IsMatch(v.Value)).ShouldBeEmpty();

        var local =
            from project in Projects
            from reference in XDocument.Parse(project.Text).Descendants("PackageReference")
            where reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null
            select $"{project.Path}: {reference.Attribute("Include")?.Value}";
        local.ShouldBeEmpty();
    }

    [Fact]
    public void Every_project_has_a_lock_file_and_stands_in_the_solution()
    {
        var solution = RepositoryFiles.Get("Services.sln").Text;
        var paths = RepositoryFiles.All.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);

        Projects.Select(p => $"{Path.GetDirectoryName(p.Path)}/packages.lock.json").Where(p => !paths.Contains(p))
            .ShouldBeEmpty();
        Projects.Select(p => p.Path)
            .Where(p => !solution.Contains(p.Replace('/', '\\'), StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void Lock_files_hold_MassTransit_8_4_0_and_no_other()
    {
        var wrong =
            from file in RepositoryFiles.All
            where file.Path.EndsWith("packages.lock.json", StringComparison.Ordinal)
            from match in MassTransitResolved().Matches(file.Text)
            where match.Groups[2].Value != "8.4.0"
            select $"{file.Path}: {match.Groups[1].Value} {match.Groups[2].Value}";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void A_service_references_shared_projects_only()
    {
        var wrong =
            from project in Projects
            where project.IsProduct
            from reference in XDocument.Parse(project.Text).Descendants("ProjectReference")
            let target = reference.Attribute("Include")!.Value
            where !target.Contains("shared/", StringComparison.Ordinal)
                && !(project.Path.StartsWith("shared/", StringComparison.Ordinal)
                    && target.Count(c => c == '/') == 2)
            select $"{project.Path} → {target}";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Contracts_reference_nothing()
    {
        var contracts = XDocument.Parse(RepositoryFiles.Get("shared/contracts/Sluice.Contracts.csproj").Text);

        contracts.Descendants("ProjectReference").ShouldBeEmpty();
        contracts.Descendants("PackageReference").ShouldBeEmpty();
    }

    [GeneratedRegex(
        """(MassTransit[\w.]*)": \{\s+"type": "\w+",\s+(?:"requested": "[^"]+",\s+)?"resolved": "([^"]+)""")]
    private static partial Regex MassTransitResolved();

    private static Dictionary<string, string> Versions() =>
        XDocument.Parse(RepositoryFiles.Get("Directory.Packages.props").Text)
            .Descendants("PackageVersion")
            .ToDictionary(
                p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value, StringComparer.Ordinal);
}
