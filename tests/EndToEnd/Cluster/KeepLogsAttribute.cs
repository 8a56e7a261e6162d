using System.Reflection;
using System.Text.RegularExpressions;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;
using Xunit.v3;

[assembly: KeepLogs]

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// A test that fails leaves the logs of every cluster that runs at that moment, its servers' too, in <c>logs</c> beside
/// the tests' assembly, and the last of what they warn about in its own output.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed partial class KeepLogsAttribute : BeforeAfterTestAttribute
{
    private const int WarningsOfEach = 15;
    private const int MaxBytesOfEach = 10_000_000;

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (TestContext.Current.TestState?.Result != TestResult.Failed)
        {
            return;
        }

        var kept = Directory.CreateDirectory(Path.Combine(
            AppContext.BaseDirectory, "logs", $"{methodUnderTest.Name}-{TimeProvider.System.GetUtcNow():HHmmss}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"The logs are kept in {kept.FullName}.");
        foreach (var cluster in TestCluster.Running)
        {
            foreach (var log in Directory.GetFiles(Path.Combine(cluster.DirectoryPath, "logs")))
            {
                Keep(log, Path.Combine(kept.FullName, Path.GetFileName(cluster.DirectoryPath)));
            }
        }
    }

    private static void Keep(string log, string directory)
    {
        using var source = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        source.Seek(Math.Max(0, source.Length - MaxBytesOfEach), SeekOrigin.Begin);
        using var reader = new StreamReader(source);
        var text = reader.ReadToEnd();
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, Path.GetFileName(log)), text);
        var warnings = text.Split('\n').Where(line => Warning().IsMatch(line)).TakeLast(WarningsOfEach);
        foreach (var line in warnings)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{Path.GetFileName(log)}: {line}");
        }
    }

    /// <summary>A line of a service that is a warning or worse.</summary>
    [GeneratedRegex(@"^\S+ (warn|fail|crit) ")]
    private static partial Regex Warning();
}
