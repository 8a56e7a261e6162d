using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>
/// Every setting (a property of a <c>*Options</c> class of a service or shared project) names its default, a number or
/// a time span its range too; units are types, not endings of names.
/// </summary>
internal sealed partial class OptionsDocumented : IRule
{
    public string Name => "options-documented";

    [GeneratedRegex("default|required|must be set|none|empty|never", RegexOptions.IgnoreCase)]
    private static partial Regex Default { get; }

    [GeneratedRegex(@"\bto\b|at least|at most|between|from", RegexOptions.IgnoreCase)]
    private static partial Regex Range { get; }

    [GeneratedRegex("(Ms|Millis|Milliseconds|Seconds|Minutes|Hours|Kb|Mb)$")]
    private static partial Regex NakedUnit { get; }

    public IEnumerable<Finding> Check(SourceFile file)
    {
        foreach (var type in file.Types.OfType<ClassDeclarationSyntax>().Where(_ => file.File.IsProduct))
        {
            foreach (var property in OptionsClasses.SettingsOf(type))
            {
                var subject = $"{type.Identifier.Text}.{property.Identifier.Text}";
                var line = SourceFile.LineOf(property);
                var doc = Documentation.Of(property);
                if (!Default.IsMatch(doc))
                {
                    yield return new(file.Path, line, subject, "the doc does not name the default.");
                }

                if (IsQuantity(property) && !Range.IsMatch(doc))
                {
                    yield return new(file.Path, line, subject, "the doc does not name the range.");
                }

                if (NakedUnit.IsMatch(property.Identifier.Text))
                {
                    yield return new(file.Path, line, subject, "a unit in the name; use a TimeSpan.");
                }
            }
        }
    }

    private static bool IsQuantity(PropertyDeclarationSyntax property) =>
        property.Type.ToString().TrimEnd('?') is "int" or "long" or "double" or "TimeSpan";
}
