namespace Sluice.Tests.Tidy.Repository;

/// <param name="Path">Relative to the root of the repository, with forward slashes.</param>
/// <param name="Text">Its whole content.</param>
internal sealed record RepositoryFile(string Path, string Text)
{
    private string[]? _lines;

    public IReadOnlyList<string> Lines => _lines ??= Text.TrimEnd('\n').Split('\n');

    public bool IsTest => Path.StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>A service or a shared project: what runs in production.</summary>
    public bool IsProduct =>
        Path.StartsWith("services/", StringComparison.Ordinal) || Path.StartsWith("shared/", StringComparison.Ordinal);

    public override string ToString() => Path;
}
