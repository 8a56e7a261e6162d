using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>Counts from the signature to the closing brace; attributes and comments before it are free.</summary>
internal sealed class MethodLength : IRule
{
    private const int Limit = 70;

    // Its constructor is the protocol, and reads best in one piece.
    private const int StateMachineLimit = 100;

    public string Name => "method-length";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var member in file.Root.DescendantNodes())
        {
            var name = member switch
            {
                BaseMethodDeclarationSyntax method => NameOf(method),
                LocalFunctionStatementSyntax function => function.Identifier.Text,
                AccessorDeclarationSyntax accessor => accessor.Keyword.Text,
                _ => null,
            };
            if (name is null)
            {
                continue;
            }

            var limit = IsStateMachineConstructor(member) ? StateMachineLimit : Limit;
            var lines = LinesOf(member);
            if (lines > limit)
            {
                yield return new(
                    file.Path, SourceFile.LineOf(member), name, $"{lines} lines, at most {limit}.", lines);
            }
        }

        var statements = file.Root.Members.OfType<GlobalStatementSyntax>().ToList();
        if (statements.Count > 0)
        {
            var first = SourceFile.LineOf(statements[0]);
            var lines = statements[^1].GetLocation().GetLineSpan().EndLinePosition.Line + 2 - first;
            if (lines > Limit)
            {
                yield return new(file.Path, first, "main", $"{lines} lines, at most {Limit}.", lines);
            }
        }
    }

    private static int LinesOf(SyntaxNode member)
    {
        var firstToken = member is MemberDeclarationSyntax { AttributeLists.Count: > 0 } declared
            ? declared.AttributeLists[^1].GetLastToken().GetNextToken()
            : member.GetFirstToken();
        var first = firstToken.GetLocation().GetLineSpan().StartLinePosition.Line;
        return member.GetLocation().GetLineSpan().EndLinePosition.Line - first + 1;
    }

    private static string NameOf(BaseMethodDeclarationSyntax method) => method switch
    {
        MethodDeclarationSyntax m => m.Identifier.Text,
        ConstructorDeclarationSyntax c => c.Identifier.Text,
        DestructorDeclarationSyntax d => "~" + d.Identifier.Text,
        _ => "operator",
    };

    private static bool IsStateMachineConstructor(SyntaxNode member) =>
        member is ConstructorDeclarationSyntax { Parent: ClassDeclarationSyntax { BaseList: { } bases } }
        && bases.Types.Any(t => t.ToString().StartsWith("MassTransitStateMachine<", StringComparison.Ordinal));
}
