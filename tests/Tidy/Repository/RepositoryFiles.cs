namespace Sluice.Tests.Tidy.Repository;

/// <summary>The working tree that holds this test assembly: its files as they would be committed.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] s_skippedFolders =
        ["bin", "obj", "node_modules", "TestResults", "results", ".git", ".run", ".vs", ".idea"];

    private static readonly string[] s_binaryExtensions = [".png", ".ico", ".jpg", ".woff2", ".dll", ".snk"];

    private static readonly Lazy<IReadOnlyList<RepositoryFile>> s_all = new(ReadAll);

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file of the repository, in ordinal order of its path.</summary>
    public static IReadOnlyList<RepositoryFile> All => s_all.Value;

    public static IEnumerable<RepositoryFile> WithExtension(params string[] extensions) =>
        All.Where(f => extensions.Contains(Path.GetExtension(f.Path), StringComparer.Ordinal));

    public static RepositoryFile Get(string path) =>
        All.FirstOrDefault(f => f.Path == path)
        ?? throw new FileNotFoundException($"The repository has no file {path}.", path);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Services.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Services.sln above {AppContext.BaseDirectory}.");
    }

    private static List<RepositoryFile> ReadAll()
    {
        var files = new List<RepositoryFile>();
        Walk(new DirectoryInfo(Root), files);
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    private static void Walk(DirectoryInfo folder, List<RepositoryFile> files)
    {
        foreach (var file in folder.EnumerateFiles())
        {
            // A worktree has a file named .git, and editors leave their own settings.
            if (file.Name == ".git" || file.LinkTarget is not null || IsBinary(file.Name))
            {
                continue;
            }

            var path = Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
            files.Add(new RepositoryFile(path, File.ReadAllText(file.FullName)));
        }

        foreach (var child in folder.EnumerateDirectories())
        {
            if (!s_skippedFolders.Contains(child.Name, StringComparer.Ordinal))
            {
                Walk(child, files);
            }
        }
    }

    private static bool IsBinary(string name) =>
        s_binaryExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
        || name.EndsWith(".user", StringComparison.Ordinal);
}
