using System.Globalization;
using Sluice.LocalCluster.Services;

namespace Sluice.Bench.Batch;

/// <summary>What the kernel says of the processes of a cluster.</summary>
internal static class ProcessMemory
{
    private const string Peak = "VmHWM:";

    /// <summary>
    /// The most memory that each service, server, and child of a server had resident at any time, largest first, in
    /// megabytes (10⁶ bytes); PostgreSQL's shared buffers count for each of its processes that touched them.
    /// </summary>
    public static IReadOnlyList<(string Process, double Megabytes)> Peaks(SluiceCluster sluice) =>
    [
        .. sluice.Services.Select(service => service.Process)
            .Concat([sluice.Servers.RabbitMq, sluice.Servers.Postgres])
            .Where(process => process?.Pid is not null)
            .SelectMany(process => Tree(process!.Pid!.Value).Select(pid => (process.Name, Megabytes(pid))))
            .OrderByDescending(process => process.Item2),
    ];

    private static IEnumerable<int> Tree(int pid) => Children(pid).SelectMany(Tree).Prepend(pid);

    private static IEnumerable<int> Children(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return [];
        }
    }

    private static double Megabytes(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(text => text.StartsWith(Peak, StringComparison.Ordinal));
            return line?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, "kB"]
                ? double.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024 / 1e6
                : 0;
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return 0;
        }
    }
}
