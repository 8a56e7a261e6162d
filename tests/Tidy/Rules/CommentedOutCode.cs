using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>A comment that ends like a statement and parses as one is code that somebody left behind.</summary>
internal sealed class CommentedOutCode : IRule
{
    public string Name => "commented-out-code";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var trivia in file.Root.DescendantTrivia())
        {
            if (!trivia.IsKind(SyntaxKind.SingleLineCommentTrivia))
            {
                continue;
            }

            var text = trivia.ToString().TrimStart('/').Trim();
            if (LooksLikeCode(text))
            {
                yield return new(file.Path, SourceFile.LineOf(trivia), text, "delete it; git remembers.");
            }
        }
    }

    private static bool LooksLikeCode(string text)
    {
        if (text is "{" or "}" || text.StartsWith("#if", StringComparison.Ordinal))
        {
            return true;
        }

        var opensBlock = text.EndsWith('{');
        if (!opensBlock && !text.EndsWith(';'))
        {
            return false;
        }

        var statement = SyntaxFactory.ParseStatement(opensBlock ? text + "}" : text);
        var wordOnly = statement is ExpressionStatementSyntax { Expression: IdentifierNameSyntax }
            or LocalDeclarationStatementSyntax { Declaration.Variables: [{ Initializer: null }] };
        return !wordOnly && !statement.ContainsDiagnostics && statement.FullSpan.Length >= text.Length;
    }
}
