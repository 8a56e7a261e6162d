using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using Sluice.Tests.EndToEnd.Cluster;
using Xunit;
using Xunit.v3;

[assembly: KeepLogs]

namespace Sluice.Tests.EndToEnd.Cluster;

/// <summary>
/// A test that fails leaves the logs of its own clusters and of every other one that runs at that moment, their
/// servers' too, in <c>logs</c> beside the tests' assembly, and the last of what they warn about in its own output.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed partial class KeepLogsAttribute : BeforeAfterTestAttribute
{
    private const int WarningsOfEach = 15;
    private const int MaxBytesOfEach = 10_000_000;

    /// <summary>
    /// Logs of clusters that tests have ended before it is known whether they fail, by the test's id.
    /// </summary>
    private static readonly ConcurrentDictionary<string, ConcurrentBag<string>> s_ended = new();

    /// <summary>To be called by whoever ends a cluster, before its directory is deleted.</summary>
    public static void ClusterEnds(string directory)
    {
        // What ends with the test's class, after it, was still there when its failure was looked at.
        if (TestContext.Current is { Test: { } test, TestState: null } && Directory.Exists(Logs(directory)))
        {
            var ended = Path.Combine(Path.GetTempPath(), $"{Path.GetFileName(directory)}-ended");
            Directory.Move(Logs(directory), ended);
            s_ended.GetOrAdd(test.UniqueID, _ => []).Add(ended);
        }
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        string[] ended = s_ended.TryRemove(test.UniqueID, out var directories) ? [.. directories] : [];
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            Keep(methodUnderTest, [.. ended, .. TestCluster.Running.Select(cluster => Logs(cluster.DirectoryPath))]);
        }

        foreach (var directory in ended)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Logs(string directory) => Path.Combine(directory, "logs");

    private static void Keep(MethodInfo methodUnderTest, string[] directories)
    {
        var kept = Directory.CreateDirectory(Path.Combine(
            AppContext.BaseDirectory, "logs", $"{methodUnderTest.Name}-{TimeProvider.System.GetUtcNow():HHmmss}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"The logs are kept in {kept.FullName}.");
        for (var n = 0; n < directories.Length; n++)
        {
            foreach (var log in Directory.GetFiles(directories[n]))
            {
                Keep(log, Path.Combine(kept.FullName, $"{n + 1}"));
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
