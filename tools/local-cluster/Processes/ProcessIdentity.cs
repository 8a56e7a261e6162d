using System.Text;

namespace Sluice.LocalCluster.Processes;

/// <summary>
/// Tells whether a pid from a pid file is still the process that was written there. A pid alone may have been given
/// to a stranger since, who must never get our signals.
/// </summary>
internal static class ProcessIdentity
{
    public const string MarkerVariable = "SLUICE_CLUSTER_PROCESS";

    public static string Marker(string dataDirectory, string name) => Path.GetFullPath(dataDirectory) + "|" + name;

    /// <summary>
    /// True when the process carries the marker of this cluster and name, or (for PostgreSQL, whose environment
    /// another user may not be able to read) the data directory among its arguments.
    /// </summary>
    public static bool Matches(int pid, string marker, string? dataArgument = null)
    {
        if (Read(pid, "environ") is { Length: > 0 } environment)
        {
            return environment.Split('\0').Contains(MarkerVariable + "=" + marker, StringComparer.Ordinal);
        }

        return dataArgument is not null
            && Read(pid, "cmdline").Split('\0').Contains(dataArgument, StringComparer.Ordinal);
    }

    /// <summary>True while the process exists and is more than an exit code that nobody has read yet.</summary>
    public static bool IsAlive(int pid)
    {
        var stat = Read(pid, "stat");
        var state = stat.LastIndexOf(')') + 2;
        return state > 1 && state < stat.Length && stat[state] is not ('Z' or 'X');
    }

    /// <summary>The kernel's short name of the program, <c>beam.smp</c>; empty when there is no such process.</summary>
    public static string ProgramName(int pid) => Read(pid, "comm").TrimEnd('\n');

    private static string Read(int pid, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
