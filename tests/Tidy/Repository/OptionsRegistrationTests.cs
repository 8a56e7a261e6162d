using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Shouldly;
using Sluice.Tests.Tidy.Sources;
using Xunit;

namespace Sluice.Tests.Tidy.Repository;

public sealed partial class OptionsRegistrationTests
{
    [GeneratedRegex(@"AddValidatedOptions<(?:[\w.]+\.)?(\w+)>\(")]
    private static partial Regex Registration { get; }

    [Fact]
    public void Every_options_class_is_validated_at_start()
    {
        var registered = SourceFile.All.Where(f => f.File.IsProduct)
            .SelectMany(f => Registration.Matches(f.File.Text))
            .Select(m => m.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var all = OptionsClasses.All().ToList();
        var parts = all.SelectMany(o => OptionsClasses.SettingsOf(o.Type)).SelectMany(TypesIn)
            .ToHashSet(StringComparer.Ordinal);

        // A class that is the type of another one's setting is bound and validated with it.
        var forgotten = all.Select(o => o.Type.Identifier.Text)
            .Where(name => !registered.Contains(name) && !parts.Contains(name));

        all.ShouldNotBeEmpty();
        forgotten.ShouldBeEmpty("register it with services.AddValidatedOptions<T>(section).");
    }

    [Fact]
    public void Options_are_bound_nowhere_else()
    {
        var bound =
            from file in SourceFile.All
            where file.File.IsProduct && !file.Path.EndsWith("/OptionsRegistration.cs", StringComparison.Ordinal)
            from call in file.Root.DescendantNodes().OfType<InvocationExpressionSyntax>()
            let name = (call.Expression as MemberAccessExpressionSyntax)?.Name.Identifier.Text
            where name is "BindConfiguration" or "AddOptionsWithValidateOnStart"
            select $"{file.Path}:{SourceFile.LineOf(call)}: {name}";

        bound.ShouldBeEmpty();
    }

    private static IEnumerable<string> TypesIn(PropertyDeclarationSyntax property) =>
        property.Type.DescendantNodesAndSelf().OfType<IdentifierNameSyntax>().Select(n => n.Identifier.Text);
}
