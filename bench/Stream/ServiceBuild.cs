namespace Sluice.Bench.Stream;

/// <summary>Where the programs lie that a benchmark starts.</summary>
internal static class ServiceBuild
{
    /// <summary>The build of the same configuration as the benchmark's own.</summary>
    public static string Assembly(string folder, string name)
    {
        var own = new DirectoryInfo(Path.GetDirectoryName(typeof(ServiceBuild).Assembly.Location)!);
        var root = own;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Services.sln")))
        {
            root = root.Parent;
        }

        var repository = root ?? throw new DirectoryNotFoundException("Run the benchmark from its repository.");
        return Path.Combine(repository.FullName, folder, "bin", own.Parent!.Name, own.Name, name + ".dll");
    }
}
