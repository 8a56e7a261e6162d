using System.Diagnostics.Metrics;

namespace Sluice.Scheduler.Telemetry;

/// <summary>The scheduler's instruments, meter <c>Sluice.Scheduler</c>. Thread-safe.</summary>
internal static class SchedulerMetrics
{
    public const string MeterName = "Sluice.Scheduler";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> ValidationDuration = Meter.CreateHistogram<double>(
        "sluice.batch.validation.duration", "s", "Time to read and check an input file.");

    private static readonly Counter<long> ValidatedLines = Meter.CreateCounter<long>(
        "sluice.batch.validation.lines", "{line}", "Lines of input files that were checked.");

    private static readonly Histogram<double> RoundDuration = Meter.CreateHistogram<double>(
        "sluice.dispatch.round.duration", "s", "Time of a dispatch round that held the lock.");

    private static readonly Counter<long> Dispatched = Meter.CreateCounter<long>(
        "sluice.dispatch.shards", "{shard}", "Shards given to workers.");

    private static readonly Counter<long> Recovered = Meter.CreateCounter<long>(
        "sluice.dispatch.recovered", "{shard}", "Shards taken back, by reason.");

    private static readonly Counter<long> Transitions = Meter.CreateCounter<long>(
        "sluice.batch.transitions", "{transition}", "Batches that entered a state.");

    private static readonly Counter<long> FileBytes = Meter.CreateCounter<long>(
        "sluice.file.bytes", "By", "Bytes of uploaded files, by purpose.");

    private static readonly Counter<long> Letters = Meter.CreateCounter<long>(
        "sluice.dead_letters", "{letter}", "What failed for good, by origin and cause.");

    private static readonly Gauge<long> StoredLetters = Meter.CreateGauge<long>(
        "sluice.dead_letters.stored", "{letter}", "Dead letters in the store, as of the last sweep.");

    public static void LettersStored(string origin, string cause, int letters = 1) => Letters.Add(
        letters,
        new KeyValuePair<string, object?>("origin", origin),
        new KeyValuePair<string, object?>("cause", cause));

    public static void LettersInStore(long letters) => StoredLetters.Record(letters);

    public static void ValidationEnded(bool accepted, int lines, TimeSpan elapsed)
    {
        ValidationDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("accepted", accepted));
        ValidatedLines.Add(lines);
    }

    public static void RoundEnded(int shards, TimeSpan elapsed)
    {
        RoundDuration.Record(elapsed.TotalSeconds);
        Dispatched.Add(shards);
    }

    public static void ShardsRecovered(string reason, int shards) =>
        Recovered.Add(shards, new KeyValuePair<string, object?>("reason", reason));

    public static void Entered(string state) => Transitions.Add(1, new KeyValuePair<string, object?>("state", state));

    public static void FileStored(string purpose, long bytes) =>
        FileBytes.Add(bytes, new KeyValuePair<string, object?>("purpose", purpose));
}
