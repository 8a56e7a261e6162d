using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Durability.Schema;

/// <summary>One embedded script.</summary>
internal sealed partial record SchemaScript(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the text.</summary>
    public byte[] Checksum { get; } = SHA256.HashData(Encoding.UTF8.GetBytes(Sql));

    /// <summary>Refuses a database whose tables another text of this script has made.</summary>
    /// <exception cref="InvalidOperationException">The checksums differ.</exception>
    public void ShouldBe(ReadOnlySpan<byte> applied, string module)
    {
        if (!applied.SequenceEqual(Checksum))
        {
            throw new InvalidOperationException(
                $"The script {Version:0000}-{Name} of {module} is not the one that this database was made with. "
                + "Applied scripts never change: put the change into a new script, or start with an empty database.");
        }
    }

    /// <summary>The scripts of an assembly in the order of their numbers, with <c>{schema}</c> replaced.</summary>
    /// <exception cref="InvalidOperationException">Two scripts have the same number.</exception>
    public static IReadOnlyList<SchemaScript> Read(Assembly assembly, string schema)
    {
        var scripts = new SortedDictionary<int, SchemaScript>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            var match = ResourceName().Match(resource);
            if (!match.Success)
            {
                continue;
            }

            var version = int.Parse(match.Groups["version"].ValueSpan, CultureInfo.InvariantCulture);
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var sql = reader.ReadToEnd().Replace("{schema}", schema, StringComparison.Ordinal);
            if (!scripts.TryAdd(version, new SchemaScript(version, match.Groups["name"].Value, sql)))
            {
                throw new InvalidOperationException(
                    $"Two scripts of {assembly.GetName().Name} have the number {version:0000}.");
            }
        }

        return [.. scripts.Values];
    }

    [GeneratedRegex(@"\.Schema\.(?<version>\d{4})-(?<name>[a-z0-9-]+)\.sql$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ResourceName();
}
