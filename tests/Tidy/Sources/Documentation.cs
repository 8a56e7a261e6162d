using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace Sluice.Tests.Tidy.Sources;

/// <summary>Documentation comments as plain text.</summary>
internal static partial class Documentation
{
    [GeneratedRegex(@"^\s*///\s?", RegexOptions.Multiline)]
    private static partial Regex Slashes { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks { get; }

    /// <summary>The doc comment before a declaration on one line, tags included; empty when there is none.</summary>
    public static string Of(SyntaxNode declaration)
    {
        var comment = string.Concat(declaration.GetLeadingTrivia()
            .Where(t => t.ToFullString().Contains("///", StringComparison.Ordinal))
            .Select(t => t.ToFullString()));
        return Blanks.Replace(Slashes.Replace(comment, " "), " ").Trim();
    }
}
