using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

internal sealed class FileLength : IRule
{
    private const int Limit = 400;
    private const int TestLimit = 600;

    public string Name => "file-length";

    public IEnumerable<Finding> Check(SourceFile file)
    {
        var limit = file.File.IsTest ? TestLimit : Limit;
        var lines = file.File.Lines.Count;
        if (lines > limit)
        {
            yield return new(file.Path, 1, "-", $"{lines} lines, at most {limit}.", lines);
        }
    }
}
