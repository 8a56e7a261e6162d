using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Sluice.Tests.Tidy.Repository;

namespace Sluice.Tests.Tidy.Sources;

/// <summary>A C# file with its syntax tree.</summary>
internal sealed class SourceFile(RepositoryFile file)
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> s_all = new(ParseAll);

    private readonly Lazy<CompilationUnitSyntax> _root = new(() =>
        CSharpSyntaxTree.ParseText(file.Text, path: file.Path).GetCompilationUnitRoot());

    /// <summary>Every C# file of the repository.</summary>
    public static IReadOnlyList<SourceFile> All => s_all.Value;

    public RepositoryFile File => file;

    public string Path => file.Path;

    public CompilationUnitSyntax Root => _root.Value;

    public IEnumerable<BaseTypeDeclarationSyntax> Types =>
        Root.DescendantNodes(n => n is not BlockSyntax).OfType<BaseTypeDeclarationSyntax>();

    /// <summary>A file that stands nowhere, to try a rule on.</summary>
    public static SourceFile Sample(string text, string path = "services/sample/Sample.cs") => new(new(path, text));

    public static int LineOf(SyntaxNode node) => node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    public static int LineOf(SyntaxTrivia trivia) => trivia.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    public override string ToString() => Path;

    private static SourceFile[] ParseAll()
    {
        var files = RepositoryFiles.WithExtension(".cs").Select(f => new SourceFile(f)).ToArray();
        Parallel.ForEach(files, f => _ = f.Root);
        return files;
    }
}
