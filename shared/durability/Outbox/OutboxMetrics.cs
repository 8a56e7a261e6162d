using System.Diagnostics.Metrics;

namespace Sluice.Durability.Outbox;

/// <summary>Instruments of the relay and the inbox, on the meter <c>Sluice.Durability</c>. Thread-safe.</summary>
internal sealed class OutboxMetrics : IDisposable
{
    public const string MeterName = "Sluice.Durability";

    private readonly Meter _meter = new(MeterName);
    private long _depth;
    private long _dead;
    private double _lag;

    public OutboxMetrics()
    {
        Delivered = _meter.CreateCounter<long>(
            "sluice.outbox.delivered", "{message}", "Messages confirmed by the broker.");
        Failed = _meter.CreateCounter<long>("sluice.outbox.failed", "{message}", "Publishing attempts that failed.");
        Buried = _meter.CreateCounter<long>("sluice.outbox.buried", "{message}", "Messages moved to outbox_dead.");
        Duplicates = _meter.CreateCounter<long>(
            "sluice.inbox.duplicates", "{message}", "Deliveries that the inbox refused.");
        _meter.CreateObservableGauge("sluice.outbox.depth", () => Volatile.Read(ref _depth), "{message}",
            "Rows in the outbox, counted up to 100,000; delayed ones included.");
        _meter.CreateObservableGauge("sluice.outbox.lag", () => Volatile.Read(ref _lag), "s",
            "Age of the oldest row that is due.");
        _meter.CreateObservableGauge("sluice.outbox.dead", () => Volatile.Read(ref _dead), "{message}",
            "Rows in outbox_dead, counted up to 100,000.");
    }

    public Counter<long> Delivered { get; }

    public Counter<long> Failed { get; }

    public Counter<long> Buried { get; }

    public Counter<long> Duplicates { get; }

    public void Measured(long depth, TimeSpan lag, long dead)
    {
        Volatile.Write(ref _depth, depth);
        Volatile.Write(ref _lag, lag.TotalSeconds);
        Volatile.Write(ref _dead, dead);
    }

    public void Dispose() => _meter.Dispose();
}
