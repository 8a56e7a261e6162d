using System.Text.RegularExpressions;
using Shouldly;
using Sluice.ServiceDefaults.Health;
using Xunit;

namespace Sluice.Tests.Unit.Deployment;

public sealed partial class DockerfileTests
{
    private static readonly string s_text = Repository.Read("Dockerfile").Replace(
        "\\\n", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"^FROM (\S+) AS (\S+)$", RegexOptions.Multiline)]
    private static partial Regex From { get; }

    [GeneratedRegex("^COPY (?!--from)(.+) \\S+$", RegexOptions.Multiline)]
    private static partial Regex Copy { get; }

    private static string FinalStage => s_text[s_text.LastIndexOf("\nFROM ", StringComparison.Ordinal)..];

    [Fact]
    public void Images_are_those_of_the_target_framework()
    {
        var framework = Regex.Match(
            Repository.Read("Directory.Build.props"), "<TargetFramework>net([0-9.]+)<").Groups[1].Value;

        // "extra" has tzdata and ICU; without them no schedule with a time_zone besides UTC can be created.
        From.Matches(s_text).Select(m => m.Groups[1].Value).ShouldBe(
        [
            $"mcr.microsoft.com/dotnet/sdk:{framework}",
            $"mcr.microsoft.com/dotnet/aspnet:{framework}-noble-chiseled-extra",
        ]);
    }

    [Fact]
    public void What_is_copied_exists_and_passes_the_ignore_file()
    {
        var kept = Repository.Read(".dockerignore").Split('\n')
            .Where(l => l.StartsWith('!')).Select(l => l[1..].TrimEnd('/')).ToList();
        var copied = Copy.Matches(s_text).SelectMany(m => m.Groups[1].Value.Split(' ')).ToList();

        copied.ShouldNotBeEmpty();
        foreach (var source in copied)
        {
            Path.Exists(Path.Combine(Repository.Root, source)).ShouldBeTrue(source);
            kept.ShouldContain(source.TrimEnd('/'));
        }
    }

    [Fact]
    public void Everything_a_project_needs_from_the_root_is_copied()
    {
        string[] needed =
            ["Directory.Build.props", "Directory.Packages.props", "global.json", ".editorconfig", "BannedSymbols.txt"];

        var copied = Copy.Matches(s_text).SelectMany(m => m.Groups[1].Value.Split(' '));

        needed.ShouldBeSubsetOf(copied);
    }

    [Fact]
    public void The_container_runs_without_rights_and_checks_itself()
    {
        FinalStage.ShouldContain("\nUSER $APP_UID\n");
        FinalStage.ShouldContain("ENTRYPOINT [\"/app/service\"]");
        FinalStage.ShouldContain($"CMD [\"/app/service\", \"{HealthProbe.Argument}\"]");
        s_text.ShouldContain("mv \"${config%.runtimeconfig.json}\" /app/service", Case.Sensitive);
    }

    [Fact]
    public void The_listener_for_health_is_the_exposed_one()
    {
        FinalStage.ShouldContain("Internal__Url=http://0.0.0.0:8081");
        FinalStage.ShouldContain("EXPOSE 8080 8081 8082");
    }

    [Fact]
    public void A_service_folder_holds_one_project_and_nothing_else_by_that_name()
    {
        var folders = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "services"))
            .Select(f => Path.GetFileName(f)!).ToList();

        folders.ShouldBe(Services.Names, ignoreOrder: true);
        foreach (var folder in folders)
        {
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "services", folder), "*.csproj")
                .ShouldHaveSingleItem();
        }
    }
}
