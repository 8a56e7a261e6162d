using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>One top-level type per file, and the file has its name (<c>Name.Part.cs</c> for a partial one).</summary>
internal sealed class OneTypePerFile : IRule
{
    public string Name => "one-type-per-file";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        var types = file.Root.DescendantNodes(n => n is not TypeDeclarationSyntax)
            .Where(n => n is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
            .ToList();
        foreach (var extra in types.Skip(1))
        {
            yield return new(
                file.Path, SourceFile.LineOf(extra), NameOf(extra), "a second top-level type; give it its own file.");
        }

        var expected = Path.GetFileName(file.Path).Split('.')[0];
        if (types.Count > 0 && NameOf(types[0]) != expected)
        {
            yield return new(
                file.Path, SourceFile.LineOf(types[0]), NameOf(types[0]), "the file does not have the type's name.");
        }
    }

    private static string NameOf(Microsoft.CodeAnalysis.SyntaxNode type) => type switch
    {
        BaseTypeDeclarationSyntax t => t.Identifier.Text,
        DelegateDeclarationSyntax d => d.Identifier.Text,
        _ => "?",
    };
}
