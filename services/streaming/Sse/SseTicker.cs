using Microsoft.Extensions.Options;

namespace Sluice.Streaming.Sse;

/// <summary>
/// One timer for the heartbeats and write deadlines of all streams. Thread-safe; holds one entry per running stream.
/// </summary>
internal sealed class SseTicker(IOptions<StreamingOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan MaxPeriod = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<SseResponse> _responses = [];

    public void Add(SseResponse response)
    {
        lock (_lock)
        {
            _responses.Add(response);
        }
    }

    /// <summary>
    /// After this no further tick begins; <see cref="SseResponse.CloseAsync"/> waits for the last one.
    /// </summary>
    public void Remove(SseResponse response)
    {
        lock (_lock)
        {
            _responses.Remove(response);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var shortest = Math.Min(options.Value.HeartbeatInterval.Ticks, options.Value.WriteTimeout.Ticks);
        var period = TimeSpan.FromTicks(Math.Min(MaxPeriod.Ticks, shortest / 4));
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Tick(Environment.TickCount64);
        }
    }

    private void Tick(long nowMs)
    {
        lock (_lock)
        {
            // A tick only starts writes, it never waits for one.
            foreach (var response in _responses)
            {
                response.Tick(nowMs, options.Value);
            }
        }
    }
}
