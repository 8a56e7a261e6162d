using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// No catch hides: an empty block needs one named exception type and a comment with the reason; a catch of everything
/// needs the reason too, unless it rethrows.
/// </summary>
internal sealed class Catches : IRule
{
    public string Name => "catches";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var clause in file.Root.DescendantNodes().OfType<CatchClauseSyntax>())
        {
            var type = clause.Declaration?.Type.ToString().Split('.')[^1];
            var all = type is null or nameof(Exception) && clause.Filter is null;
            var explained = HasComment(clause);
            var line = SourceFile.LineOf(clause);
            if (clause.Block.Statements.Count == 0 && (all || !explained))
            {
                yield return new(file.Path, line, type ?? "everything", "an empty catch.");
            }
            else if (all && !explained && !Rethrows(clause.Block))
            {
                yield return new(
                    file.Path, line, type ?? "everything", "catches everything and does not say why in a comment.");
            }
        }
    }

    private static bool HasComment(CatchClauseSyntax clause)
    {
        var before = clause.GetFirstToken().GetPreviousToken();
        return clause.DescendantTrivia().Concat(before.TrailingTrivia).Concat(clause.GetLeadingTrivia())
            .Any(t => t.Kind() is SyntaxKind.SingleLineCommentTrivia or SyntaxKind.MultiLineCommentTrivia);
    }

    private static bool Rethrows(BlockSyntax block) => block.Statements.LastOrDefault() is ThrowStatementSyntax;
}
