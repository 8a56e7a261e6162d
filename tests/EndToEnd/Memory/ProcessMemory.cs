using System.Globalization;
using Sluice.LocalCluster.Services;

namespace Sluice.Tests.EndToEnd.Memory;

/// <summary>Resident memory of a service's process, as Linux counts it.</summary>
internal sealed class ProcessMemory
{
    private readonly string _directory;
    private readonly long _before;

    private ProcessMemory(ClusterService service)
    {
        Name = service.Process.Name;
        var pid = service.Process.Pid ?? throw new InvalidOperationException($"{Name} is not running.");
        _directory = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}";
        // 5 resets the peak (VmHWM) to what is resident now.
        File.WriteAllText(Path.Combine(_directory, "clear_refs"), "5");
        _before = Read("VmRSS");
    }

    public string Name { get; }

    /// <summary>
    /// The most that was resident since the start of the watch, beyond what was resident then, in bytes.
    /// </summary>
    public long Growth => Peak - _before;

    /// <summary>The most that was resident since the start of the watch, in bytes.</summary>
    public long Peak => Read("VmHWM");

    public static ProcessMemory Watch(ClusterService service) => new(service);

    private long Read(string field)
    {
        var line = File.ReadLines(Path.Combine(_directory, "status"))
            .First(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) * 1024;
    }
}
