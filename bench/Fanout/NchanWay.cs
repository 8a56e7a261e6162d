using System.Net;
using Sluice.Bench.Stream;

namespace Sluice.Bench.Fanout;

/// <summary>The peer: a private nginx with Nchan, each stream a channel.</summary>
internal sealed class NchanWay(Uri server, BenchProcess process) : IFanoutWay
{
    public string Name => "nginx + Nchan";

    public long ResidentBytes => process.ResidentBytes;

    public TimeSpan CpuTime => process.CpuTime;

    public static BenchProcess Start(Uri server, string directory)
    {
        var file = Path.Combine(directory, "nginx.conf");
        File.WriteAllText(file, NchanConfig.Text(server, directory, Environment.IsPrivilegedProcess));
        return BenchProcess.StartProgram("/usr/sbin/nginx", "-p", directory, "-c", file);
    }

    public async Task<IFanoutStream> OpenAsync(FanoutScript script) =>
        await NchanStream.OpenAsync(new IPEndPoint(IPAddress.Parse(server.Host), server.Port), script);
}
