using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>No regions, and no suppressed warning without a written reason.</summary>
internal sealed class Directives : IRule
{
    public string Name => "directives";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var trivia in file.Root.DescendantTrivia().Where(t => t.IsDirective))
        {
            if (trivia.IsKind(SyntaxKind.RegionDirectiveTrivia))
            {
                yield return new(file.Path, SourceFile.LineOf(trivia), "region", "split the type instead.");
            }
            else if (trivia.IsKind(SyntaxKind.PragmaWarningDirectiveTrivia)
                && trivia.ToString().Contains("disable", StringComparison.Ordinal))
            {
                yield return new(
                    file.Path, SourceFile.LineOf(trivia), "pragma",
                    "cure the warning, or use SuppressMessage with a Justification.");
            }
        }

        foreach (var attribute in file.Root.DescendantNodes().OfType<AttributeSyntax>())
        {
            if (attribute.Name.ToString() is "SuppressMessage" or "UnconditionalSuppressMessage"
                && attribute.ArgumentList?.ToString().Contains("Justification", StringComparison.Ordinal) != true)
            {
                yield return new(
                    file.Path, SourceFile.LineOf(attribute), "SuppressMessage", "give the reason as Justification.");
            }
        }
    }
}
