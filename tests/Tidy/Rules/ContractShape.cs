using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// A message is a public sealed record whose first doc sentence says who sends it and who handles it, with properties
/// of
/// types every runtime has, required or nullable.
/// </summary>
internal sealed partial class ContractShape : IRule
{
    private static readonly string[] s_types =
        ["Guid", "string", "int", "long", "bool", "double", "DateTimeOffset", "TimeSpan", "IReadOnlyList<Guid>"];

    public string Name => "contract-shape";

    [GeneratedRegex(@"^<summary> ?(Sent|Published) by .+handled by .+[.:]")]
    private static partial Regex SenderAndHandler { get; }

    public IEnumerable<Finding> Check(SourceFile file)
    {
        if (!file.Path.StartsWith("shared/contracts/", StringComparison.Ordinal))
        {
            yield break;
        }

        foreach (var type in file.Types.Where(t => t.Parent is not TypeDeclarationSyntax))
        {
            var name = type.Identifier.Text;
            var line = SourceFile.LineOf(type);
            if (type is not RecordDeclarationSyntax
                || !type.Modifiers.Any(SyntaxKind.SealedKeyword) || !type.Modifiers.Any(SyntaxKind.PublicKeyword))
            {
                yield return new(file.Path, line, name, "a contract is a public sealed record.");
            }

            if (!SenderAndHandler.IsMatch(Documentation.Of(type)))
            {
                yield return new(
                    file.Path, line, name,
                    "start the doc with: Sent (or Published) by …, handled by …: what it means.");
            }

            foreach (var property in type.DescendantNodes().OfType<PropertyDeclarationSyntax>())
            {
                var declared = property.Type.ToString();
                var optional = declared.EndsWith('?') || property.Modifiers.Any(SyntaxKind.RequiredKeyword);
                if (!s_types.Contains(declared.TrimEnd('?'), StringComparer.Ordinal) || !optional)
                {
                    yield return new(
                        file.Path, SourceFile.LineOf(property), $"{name}.{property.Identifier.Text}",
                        "a required or nullable property of a plain type.");
                }
            }
        }
    }
}
