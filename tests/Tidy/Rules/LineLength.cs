using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

internal sealed class LineLength : IRule
{
    private const int Limit = 120;

    public string Name => "line-length";

    // In a test a long literal is sample data, which a break would make harder to read.
    private const int SampleDataLength = 60;

    public IEnumerable<Finding> Check(SourceFile file)
    {
        var data = new Lazy<HashSet<int>>(() => file.File.IsTest ? LinesOfSampleData(file) : []);
        for (var i = 0; i < file.File.Lines.Count; i++)
        {
            var columns = file.File.Lines[i].TrimEnd('\r').Length;
            if (columns > Limit && !data.Value.Contains(i))
            {
                yield return new(file.Path, i + 1, "-", $"{columns} columns, at most {Limit}.", columns);
            }
        }
    }

    private static HashSet<int> LinesOfSampleData(SourceFile file) =>
    [
        .. from literal in file.Root.DescendantNodes()
           where literal is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax
           where literal.Span.Length > SampleDataLength
           let lines = literal.GetLocation().GetLineSpan()
           from line in Enumerable.Range(
               lines.StartLinePosition.Line, lines.EndLinePosition.Line - lines.StartLinePosition.Line + 1)
           select line,
    ];
}
