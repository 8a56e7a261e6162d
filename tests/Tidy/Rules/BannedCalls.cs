using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// Members that must not be used, by the text of the access; BannedSymbols.txt covers the rest at compile time.
/// </summary>
internal sealed class BannedCalls : IRule
{
    private static readonly Dictionary<string, string> s_everywhere = new(StringComparer.Ordinal)
    {
        ["DateTime.UtcNow"] = "use TimeProvider.",
        ["DateTime.Now"] = "use TimeProvider.",
        ["DateTimeOffset.UtcNow"] = "use TimeProvider.",
        ["DateTimeOffset.Now"] = "use TimeProvider.",
        ["Thread.Sleep"] = "wait on a signal.",
        ["Console.WriteLine"] = "log, or use Spectre.Console in a tool.",
    };

    private static readonly Dictionary<string, string> s_inTests = new(StringComparer.Ordinal)
    {
        ["Task.Delay"] = "wait by a signal or with Eventually.Until.",
        ["SpinWait.SpinUntil"] = "wait by a signal or with Eventually.Until.",
    };

    public string Name => "banned-calls";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var access in file.Root.DescendantNodes().OfType<MemberAccessExpressionSyntax>())
        {
            var text = LastTwo(access);
            if (!s_everywhere.TryGetValue(text, out var advice)
                && !(file.File.IsTest && s_inTests.TryGetValue(text, out advice)))
            {
                continue;
            }

            if (!(text == "Console.WriteLine" && !file.File.IsProduct) && !WaitsForCancellation(access))
            {
                yield return new(file.Path, SourceFile.LineOf(access), text, "banned: " + advice);
            }
        }
    }

    /// <summary><c>Task.Delay(Timeout.Infinite, token)</c> waits for a signal, not for a time.</summary>
    private static bool WaitsForCancellation(MemberAccessExpressionSyntax access) =>
        access.Parent is InvocationExpressionSyntax call
        && call.ArgumentList.Arguments.FirstOrDefault()?.ToString()
            .StartsWith("Timeout.Infinite", StringComparison.Ordinal) == true;

    private static string LastTwo(MemberAccessExpressionSyntax access)
    {
        var owner = access.Expression switch
        {
            IdentifierNameSyntax name => name.Identifier.Text,
            MemberAccessExpressionSyntax inner => inner.Name.Identifier.Text,
            _ => "",
        };
        return $"{owner}.{access.Name.Identifier.Text}";
    }
}
