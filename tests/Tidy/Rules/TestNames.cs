using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// A test's method is a sentence with underscores, in a class named after what it tests, and it is never skipped.
/// </summary>
internal sealed class TestNames : IRule
{
    public string Name => "test-names";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var method in file.Root.DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            var test = method.AttributeLists.SelectMany(l => l.Attributes)
                .FirstOrDefault(a => a.Name.ToString() is "Fact" or "Theory");
            if (test is null)
            {
                continue;
            }

            var line = SourceFile.LineOf(method);
            var name = method.Identifier.Text;
            if (!name.Contains('_', StringComparison.Ordinal))
            {
                yield return new(file.Path, line, name, "not a sentence with underscores.");
            }

            if (method.Parent is TypeDeclarationSyntax owner
                && !owner.Identifier.Text.EndsWith("Tests", StringComparison.Ordinal))
            {
                yield return new(file.Path, line, name, $"the class {owner.Identifier.Text} does not end in Tests.");
            }

            if (test.ArgumentList?.Arguments.Any(a => a.NameEquals?.Name.Identifier.Text == "Skip") == true)
            {
                yield return new(file.Path, line, name, "a test that is skipped for ever.");
            }
        }
    }
}
