using System.Reflection;

namespace Sluice.Tests.Unit.Deployment;

/// <summary>Configuration sections that some options class of the product reads, by their first part.</summary>
internal static class OptionsSections
{
    // Connection strings are read by name, the proxy's section by YARP.
    private static readonly string[] s_others = ["ConnectionStrings", "ReverseProxy"];

    public static IReadOnlySet<string> All { get; } = Assemblies()
        .SelectMany(a => a.GetTypes())
        .Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal))
        .Select(t => t.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string)
        .OfType<string>()
        .Select(section => section.Split(':')[0])
        .Concat(s_others)
        .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<Assembly> Assemblies() =>
        from path in Directory.EnumerateFiles(AppContext.BaseDirectory, "Sluice.*.dll")
        let name = Path.GetFileNameWithoutExtension(path)
        where !name.Contains(".Test", StringComparison.Ordinal)
        select Assembly.Load(name);
}
