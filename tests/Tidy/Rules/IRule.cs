using Sluice.Tests.Tidy.Sources;

namespace Sluice.Tests.Tidy.Rules;

/// <summary>A rule of the house style that one C# file alone can break.</summary>
internal interface IRule
{
    /// <summary>Key of the rule in exceptions.txt.</summary>
    string Name { get; }

    IEnumerable<Finding> Check(SourceFile file);
}
