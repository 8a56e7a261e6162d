using Sluice.BatchStore.Measures;
using Sluice.BatchStore.Shards;
using Sluice.Scheduler.Dispatch;
using Sluice.Scheduler.Forecasts;

namespace Sluice.Bench.Schedule;

/// <summary>
/// Runs the simulated batches on simulated workers, one event after the other: a batch comes, a shard ends, forecasts
/// are made. What goes next is decided by <see cref="DispatchOrder"/>, or by age alone.
/// </summary>
internal sealed class ScheduleSimulation(IReadOnlyList<SimulatedBatch> batches, bool byAge, int seed)
{
    private const int Places = ScheduleSettings.Workers * ScheduleSettings.Slots;
    private const double LinesPerSlot = (double)ScheduleSettings.LinesPerWorker / ScheduleSettings.Slots;

    private static readonly TimeSpan ForecastEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AgeingStep = TimeSpan.FromHours(1);
    private static readonly ForecastOptions Forecasts = new();

    private readonly Random _random = new(seed);
    private readonly DispatchOrder _order = new(AgeingStep, SimulatedBatch.ShardLines, _ => 1);
    private readonly PriorityQueue<(SimulatedBatch Batch, ShardClass Class), DateTimeOffset> _running = new();
    private readonly Dictionary<MeasureKey, Measure> _measures = [];
    private readonly Dictionary<ShardClass, int> _outstanding = [];
    private readonly Dictionary<Guid, SimulatedBatch> _active = [];
    private readonly Dictionary<ErrorKey, double[]> _errors = [];
    private DateTimeOffset _now;

    /// <summary>Returns when every batch has ended or its deadline has passed.</summary>
    public void Run()
    {
        var next = 0;
        var forecast = batches[0].CreatedAt;
        while (next < batches.Count || _active.Count > 0 || _running.Count > 0)
        {
            var arrival = next < batches.Count ? batches[next].CreatedAt : DateTimeOffset.MaxValue;
            var ended = _running.TryPeek(out _, out var end) ? end : DateTimeOffset.MaxValue;
            var due = _active.Count > 0 ? forecast : DateTimeOffset.MaxValue;
            _now = new[] { arrival, ended, due }.Min();
            if (_now == arrival)
            {
                _active.Add(batches[next].Id, batches[next]);
                next++;
            }
            else if (_now == ended)
            {
                End(_running.Dequeue());
            }
            else
            {
                forecast = _now + ForecastEvery;
                Foretell();
            }

            Expire();
            Dispatch();
        }
    }

    private void End((SimulatedBatch Batch, ShardClass Class) shard)
    {
        _outstanding[shard.Class]--;
        shard.Batch.Outstanding--;
        if (shard.Batch is { Outstanding: 0, Ready: 0 } batch && _active.Remove(batch.Id))
        {
            batch.EndedAt = _now;
            Learn(batch);
        }
    }

    private void Expire()
    {
        foreach (var batch in _active.Values.Where(b => b.Deadline <= _now).ToList())
        {
            batch.Ready = 0;
            _active.Remove(batch.Id);
            Learn(batch);
        }
    }

    private void Learn(SimulatedBatch batch)
    {
        foreach (var (key, mark) in batch.Marks.Where(m => m.Value.MadeAt < _now))
        {
            _errors[key] = ErrorHistogram.Add(
                _errors.GetValueOrDefault(key), (_now - mark.MadeAt).TotalSeconds / mark.Seconds);
        }
    }

    private void Dispatch()
    {
        var free = Places - _running.Count;
        if (free == 0 || _active.Count == 0)
        {
            return;
        }

        foreach (var (batch, shardClass) in (byAge ? Oldest() : Planned()).Take(free))
        {
            batch.Waited = batch.ToCandidate().WaitedAt(_now, AgeingStep);
            batch.ServedAt = _now;
            batch.Ready--;
            batch.Outstanding++;
            _outstanding[shardClass] = _outstanding.GetValueOrDefault(shardClass) + 1;
            var perLine = SimulatedWorld.SecondsPerLine(batch.Model, _now) * (0.9 + (0.2 * _random.NextDouble()));
            Note(new(MeasureKind.LineTime, batch.Model), perLine);
            _running.Enqueue(
                (batch, shardClass), _now.AddSeconds(SimulatedBatch.ShardLines * perLine / LinesPerSlot));
        }
    }

    private IEnumerable<(SimulatedBatch, ShardClass)> Oldest() =>
        from batch in _active.Values.Where(b => b.Ready > 0).OrderBy(b => b.CreatedAt).ToList()
        from shard in Enumerable.Range(0, batch.Ready)
        select (batch, ShardClass.Normal);

    private IEnumerable<(SimulatedBatch, ShardClass)> Planned() =>
        from grant in _order.Plan([.. _active.Values.Select(b => b.ToCandidate())], new(Places, _outstanding), _now)
        from shard in Enumerable.Range(0, grant.Shards)
        select (_active[grant.BatchId], grant.Class);

    private void Foretell()
    {
        _measures[new(MeasureKind.ParallelLines, "")] =
            default(Measure).Add(ScheduleSettings.LinesPerWorker).Add(ScheduleSettings.LinesPerWorker);
        var lines = new LineEstimates(_measures, Forecasts);
        var forecaster = new Forecaster(
            lines.LinesPerWorker * ScheduleSettings.Workers, _ => 1, new(_errors));
        foreach (var forecast in forecaster.Of([.. _active.Values.Select(b => Of(b, lines))], _now))
        {
            var batch = _active[forecast.BatchId];
            batch.IsRaised = forecast.IsRaised;
            batch.Forecasts.Add((_now, forecast));
            batch.Marks.TryAdd(forecast.Key, (_now, Math.Max(forecast.Seconds, 1)));
        }
    }

    private ForecastBatch Of(SimulatedBatch batch, LineEstimates lines)
    {
        // Of a running shard half is done, on average.
        var left = (batch.Ready + (batch.Outstanding / 2.0)) * SimulatedBatch.ShardLines;
        var (seconds, spread) = lines.Of([batch.Model], left);
        return new()
        {
            BatchId = batch.Id,
            Tenant = batch.Tenant,
            Priority = batch.ToCandidate().PriorityAt(_now, AgeingStep),
            CreatedAt = batch.CreatedAt,
            Deadline = batch.Deadline,
            Lines = left,
            SecondsPerLine = seconds,
            Spread = spread,
        };
    }

    private void Note(MeasureKey key, double seconds)
    {
        // As many samples as count after a while: each one weighs a little less than the next.
        const double Kept = 0.99;
        var old = _measures.GetValueOrDefault(key);
        _measures[key] = new Measure(old.Weight * Kept, old.Total * Kept, old.Squares * Kept).Add(seconds);
    }
}
