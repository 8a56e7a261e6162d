using System.Net;
using Sluice.Bench.Stream;

namespace Sluice.Bench.Fanout;

/// <summary>The peer: a private nginx with Nchan, each stream a channel.</summary>
internal sealed class NchanWay(Uri server, BenchProcess process) : IFanoutWay
{
    public string Name => "nginx + Nchan";

    public long ResidentBytes => process.ResidentBytes;

    public TimeSpan CpuTime => process.CpuTime;

    /// <summary>Starts nginx with Nchan, and with the relay to what is <paramref name="behind"/> it.</summary>
    public static BenchProcess Start(Uri server, Uri relay, Uri behind, string directory)
    {
        var file = Path.Combine(directory, "nginx.conf");
        var text = NginxConfig.Text(server, relay, behind, directory, Environment.IsPrivilegedProcess);
        File.WriteAllText(file, text);
        return BenchProcess.StartProgram("/usr/sbin/nginx", "-p", directory, "-c", file);
    }

    public async Task<IFanoutStream> OpenAsync(FanoutScript script) =>
        await NchanStream.OpenAsync(new IPEndPoint(IPAddress.Parse(server.Host), server.Port), script);
}
