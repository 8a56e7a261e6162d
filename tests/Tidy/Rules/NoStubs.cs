using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

internal sealed class NoStubs : IRule
{
    public string Name => "no-stubs";

    public IEnumerable<Finding> Check(SourceFile file) =>
        from created in file.Root.DescendantNodes().OfType<ObjectCreationExpressionSyntax>()
        where created.Type.ToString().Split('.')[^1] == nameof(NotImplementedException)
        select new Finding(file.Path, SourceFile.LineOf(created), "-", "code that is not there yet.");
}
