using System.Diagnostics;
using Shouldly;
using Sluice.TestKit.Servers;
using Sluice.Tests.Unit.Deployment;
using Xunit;

namespace Sluice.Tests.Unit.LocalCluster;

/// <summary><c>./run</c> itself, as far as it goes without a server.</summary>
public sealed class RunScriptTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_relative_directory_is_one_of_the_callers_directory()
    {
        string[] line = [Path.Combine(Repository.Root, "run"), "--status", "--data", "here"];
        using var run = Process.Start(new ProcessStartInfo("bash", line)
        {
            WorkingDirectory = _directory.Path,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        var output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        output.ShouldContain($"not running on {Path.Combine(_directory.Path, "here")}.");
    }
}
