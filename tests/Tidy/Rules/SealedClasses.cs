using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>A class is sealed, static or abstract, unless another class of the repository derives from it.</summary>
internal sealed class SealedClasses : IRule
{
    private static readonly Lazy<HashSet<string>> s_bases = new(() => SourceFile.All
        .SelectMany(f => f.Types)
        .SelectMany(t => t.BaseList?.Types.AsEnumerable() ?? [])
        .Select(b => b.Type.ToString().Split('<')[0].Split('.')[^1])
        .ToHashSet(StringComparer.Ordinal));

    public string Name => "sealed-classes";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var type in file.Types)
        {
            if (type is not (ClassDeclarationSyntax or RecordDeclarationSyntax)
                || type.IsKind(SyntaxKind.RecordStructDeclaration))
            {
                continue;
            }

            var open = !type.Modifiers.Any(m =>
                m.Kind() is SyntaxKind.SealedKeyword or SyntaxKind.StaticKeyword or SyntaxKind.AbstractKeyword);
            if (open && !s_bases.Value.Contains(type.Identifier.Text))
            {
                yield return new(file.Path, SourceFile.LineOf(type), type.Identifier.Text, "not sealed.");
            }
        }
    }
}
