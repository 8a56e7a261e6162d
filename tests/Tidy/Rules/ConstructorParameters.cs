using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>A class with more than five collaborators does too much. Records are data and are free.</summary>
internal sealed class ConstructorParameters : IRule
{
    private const int Limit = 5;

    public string Name => "constructor-parameters";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var node in file.Root.DescendantNodes())
        {
            var (name, parameters) = node switch
            {
                ClassDeclarationSyntax c => (c.Identifier.Text, c.ParameterList),
                StructDeclarationSyntax s => (s.Identifier.Text, s.ParameterList),
                ConstructorDeclarationSyntax { Parent: not RecordDeclarationSyntax } c =>
                    (c.Identifier.Text, c.ParameterList),
                _ => ("", null),
            };
            if (parameters?.Parameters.Count is > Limit and var count)
            {
                yield return new(
                    file.Path, SourceFile.LineOf(node), name,
                    $"{count} constructor parameters, at most {Limit}.", count);
            }
        }
    }
}
