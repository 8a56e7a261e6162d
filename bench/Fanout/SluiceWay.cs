using Sluice.Bench.Stream;

namespace Sluice.Bench.Fanout;

/// <summary>
/// Readers of one response, at the streaming service itself or through the gateway. The response is always created at
/// the streaming service, whose internal listener lets its caller name it: the gateway's id comes with the first event
/// only, and readers must have joined before.
/// </summary>
/// <param name="name">As shown.</param>
/// <param name="streaming">The streaming service's internal listener.</param>
/// <param name="readers">Where readers connect.</param>
/// <param name="processes">What the events pass, the streaming service first.</param>
internal sealed class SluiceWay(string name, Uri streaming, Uri readers, params BenchProcess[] processes) : IFanoutWay
{
    public string Name => name;

    public long ResidentBytes => processes[0].ResidentBytes;

    public TimeSpan CpuTime => processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + process.CpuTime);

    public async Task<IFanoutStream> OpenAsync(FanoutScript script)
    {
        var stream = new SluiceStream(streaming, readers, script);
        await stream.WaitUntilKnownAsync();
        return stream;
    }
}
