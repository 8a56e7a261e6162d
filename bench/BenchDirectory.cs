namespace Sluice.Bench;

/// <summary>Where a benchmark's servers keep their data.</summary>
internal static class BenchDirectory
{
    /// <summary>
    /// A new directory that PostgreSQL's own account can enter, too: else its data would lie elsewhere and outlive the
    /// benchmark. Whoever makes it deletes it.
    /// </summary>
    public static DirectoryInfo Create() =>
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"sluice-bench-{Guid.NewGuid():N}"));
}
