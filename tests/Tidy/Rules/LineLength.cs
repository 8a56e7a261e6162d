using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

internal sealed class LineLength : IRule
{
    private const int Limit = 120;

    public string Name => "line-length";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        for (var i = 0; i < file.File.Lines.Count; i++)
        {
            var columns = file.File.Lines[i].TrimEnd('\r').Length;
            if (columns > Limit)
            {
                yield return new(file.Path, i + 1, "-", $"{columns} columns, at most {Limit}.", columns);
            }
        }
    }
}
