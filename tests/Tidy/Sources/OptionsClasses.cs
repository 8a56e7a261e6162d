using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Sluice.Tests.Tidy.Sources;

/// <summary>The classes whose properties are settings: named <c>*Options</c>, in a service or shared project.</summary>
internal static class OptionsClasses
{
    /// <summary>Public properties that configuration can set; none for a class that is not an options class.</summary>
    public static IEnumerable<PropertyDeclarationSyntax> SettingsOf(ClassDeclarationSyntax type) =>
        type.Identifier.Text.EndsWith("Options", StringComparison.Ordinal)
            ? type.Members.OfType<PropertyDeclarationSyntax>().Where(IsSetting)
            : [];

    /// <summary>Every options class of the product, with the file it stands in.</summary>
    public static IEnumerable<(SourceFile File, ClassDeclarationSyntax Type)> All() =>
        from file in SourceFile.All
        where file.File.IsProduct
        from type in file.Types.OfType<ClassDeclarationSyntax>()
        where SettingsOf(type).Any()
        select (file, type);

    private static bool IsSetting(PropertyDeclarationSyntax property) =>
        property.Modifiers.Any(SyntaxKind.PublicKeyword)
        && !property.Modifiers.Any(SyntaxKind.StaticKeyword)
        && property.AccessorList?.Accessors.Any(a =>
            a.Kind() is SyntaxKind.InitAccessorDeclaration or SyntaxKind.SetAccessorDeclaration) == true;
}
