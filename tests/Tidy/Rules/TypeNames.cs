using System.Text.RegularExpressions;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

internal sealed partial class TypeNames : IRule
{
    public string Name => "type-names";

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utility|Utilities|Base)$")]
    private static partial Regex Empty { get; }

    public IEnumerable<Finding> Check(SourceFile file) =>
        from type in file.Types
        let name = type.Identifier.Text
        where Empty.IsMatch(name)
        select new Finding(
            file.Path, SourceFile.LineOf(type), name, "the name's ending says nothing; name what the type is.");
}
