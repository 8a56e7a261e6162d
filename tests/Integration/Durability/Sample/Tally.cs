using System.Diagnostics.Metrics;

namespace Sluice.Tests.Integration.Durability.Sample;

/// <summary>Sums one host's counter; other hosts of the process have instruments of the same name.</summary>
internal sealed class Tally : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _sum;

    public Tally(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _sum, value));
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public long Sum => Interlocked.Read(ref _sum);

    public void Dispose() => _listener.Dispose();
}
