namespace Sluice.LocalCluster.Services;

/// <summary>Finds the built services of the working copy that this program was built in.</summary>
public static class ServiceBinaries
{
    private const string Framework = "net10.0";

    /// <summary>The directory of <c>Services.sln</c>.</summary>
    /// <exception cref="DirectoryNotFoundException">This program does not lie in a working copy.</exception>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The <c>dotnet</c> that runs this process.</summary>
    public static string DotNet { get; } = FindDotNet();

    /// <summary>The service's assembly, of the same configuration (Debug, Release) as this program.</summary>
    /// <exception cref="FileNotFoundException">The service has not been built.</exception>
    public static string Assembly(ServiceKind kind)
    {
        var file = $"Sluice.{kind}.dll";
        var path = Path.Combine(RepositoryRoot, "services", kind.Name(), "bin", Configuration(), Framework, file);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"{path} is missing: build Services.sln in {Configuration()} first.");
    }

    private static string Configuration() =>
        AppContext.BaseDirectory.Contains("/bin/Release/", StringComparison.Ordinal) ? "Release" : "Debug";

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Services.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Services.sln above {AppContext.BaseDirectory}.");
    }

    private static string FindDotNet()
    {
        // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/System.Private.CoreLib.dll
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var muxer = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", "dotnet"));
        return File.Exists(muxer) ? muxer : "dotnet";
    }
}
