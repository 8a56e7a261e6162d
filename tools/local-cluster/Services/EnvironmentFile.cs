using Sluice.LocalCluster.Servers;

namespace Sluice.LocalCluster.Services;

/// <summary>
/// The file <c>env</c> of a data directory: one <c>NAME=value</c> per line, for a shell to source and for anybody to
/// parse.
/// </summary>
internal static class EnvironmentFile
{
    public static string Servers(ClusterServers servers) =>
        $"RABBITMQ_URI={servers.RabbitMqUri.OriginalString}\n"
        + $"RABBITMQ_MANAGEMENT_URI={servers.RabbitMqManagementUri.OriginalString}\n"
        + $"POSTGRES_URI={servers.PostgresUri.OriginalString}\n";

    /// <summary>Without the slash at the end, so that a path can be put behind it.</summary>
    public static string Plain(Uri uri) => uri.GetLeftPart(UriPartial.Authority);

    /// <summary>Replaces the file in one step; nobody reads half of it.</summary>
    public static async Task WriteAsync(string directory, string text, CancellationToken cancellationToken)
    {
        var path = DataDirectory.EnvironmentFilePath(directory);
        await File.WriteAllTextAsync(path + ".new", text, cancellationToken);
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>What the file says; empty when there is none.</summary>
    public static IReadOnlyDictionary<string, string> Read(string directory)
    {
        var path = DataDirectory.EnvironmentFilePath(directory);
        return !File.Exists(path)
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : File.ReadLines(path)
                .Select(line => line.Split('=', 2))
                .Where(parts => parts.Length == 2)
                .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
    }
}
