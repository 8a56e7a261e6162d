using System.Globalization;
using Sluice.LocalCluster.Services;

namespace Sluice.Tests.EndToEnd.Faults;

/// <summary>What tests of frozen processes ask a service.</summary>
internal static class ServiceSleep
{
    /// <summary>Whether SIGSTOP has stopped it.</summary>
    public static bool IsAsleep(this ClusterService service) =>
        service.Process.Pid is { } pid && File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].StartsWith('T');

    /// <summary>Pages that this process was refused since it started.</summary>
    public static async Task<int> RefusedPagesAsync(this ClusterService worker)
    {
        const string name = "sluice_batch_pages_refused_total";
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync(new Uri(worker.InternalUrl, "/metrics"));
        return metrics.Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
