using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

/// <summary>Commands of the Markdown files that run some tests do run some.</summary>
public sealed partial class TestFilterTests
{
    [GeneratedRegex(@"--filter (?:FullyQualifiedName~)?([\w.]+)")]
    private static partial Regex Filter { get; }

    [Fact]
    public void Every_filter_that_is_named_selects_a_test()
    {
        var tests = (
            from file in SourceFile.All
            where file.Path.StartsWith("tests/", StringComparison.Ordinal)
            from type in file.Types.OfType<ClassDeclarationSyntax>()
            from method in type.Members.OfType<MethodDeclarationSyntax>()
            where IsTest(method)
            select $"{NamespaceOf(type)}.{type.Identifier.Text}.{method.Identifier.Text}").ToList();
        var filters = (
            from file in RepositoryFiles.WithExtension(".md")
            from match in Filter.Matches(file.Text)
            select (file.Path, Name: match.Groups[1].Value)).ToList();

        filters.ShouldContain(filter => filter.Path == "CONTRIBUTING.md");
        filters.Where(filter => !tests.Any(test => test.Contains(filter.Name, StringComparison.Ordinal)))
            .ShouldBeEmpty();
    }

    private static bool IsTest(MethodDeclarationSyntax method) =>
        method.AttributeLists.SelectMany(list => list.Attributes).Any(a => a.Name.ToString() is "Fact" or "Theory");

    private static string? NamespaceOf(ClassDeclarationSyntax type) =>
        type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString();
}
