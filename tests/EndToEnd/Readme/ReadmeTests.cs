using System.Text.RegularExpressions;
using Shouldly;
using Sluice.LocalCluster.Services;
using Sluice.Tests.EndToEnd.Cluster;
using Sluice.Tests.EndToEnd.Node;
using Xunit;

namespace Sluice.Tests.EndToEnd.Readme;

/// <summary>What the README's first screen shows, run as it stands there but for the address.</summary>
public sealed class ReadmeTests(SluiceFixture sluice)
{
    private static readonly string s_readme =
        File.ReadAllText(Path.Combine(ServiceBinaries.RepositoryRoot, "README.md"));

    [Fact]
    public async Task The_curl_command_streams_an_answer()
    {
        var example = Example("sh", "chat/completions -H");
        var output = await NodeProject.RunAsync("bash", ["-c", "set -o pipefail\n" + example], []);

        output.ShouldContain("\"delta\":");
        output.TrimEnd().ShouldEndWith("data: [DONE]");
    }

    [Fact]
    public async Task The_javascript_snippet_prints_an_answer()
    {
        var output = await NodeProject.RunScriptAsync(Example("javascript", "import OpenAI"));

        output.Trim().Length.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task The_csharp_snippet_prints_an_answer()
    {
        await using var output = new StringWriter();

        await ReadmeSnippet.RunAsync(new Uri(sluice.Url, "/v1").AbsoluteUri, output);

        output.ToString().Trim().Length.ShouldBeGreaterThan(10);
    }

    private string Example(string language, string contains) => Regex
        .Matches(s_readme, $"^```{language}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)
        .Select(m => m.Groups[1].Value)
        .Single(text => text.Contains(contains, StringComparison.Ordinal))
        .Replace("http://127.0.0.1:8080", sluice.Url.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal);
}
