using System.ComponentModel.DataAnnotations;

namespace Sluice.Scheduler.Forecasts;

/// <summary>Foretelling when batches end (section <c>Forecast</c>).</summary>
internal sealed class ForecastOptions
{
    public const string Section = "Forecast";

    private const int BreakFactor = 20;

    /// <summary>
    /// Shortest time between two forecasts; one that took long is followed by twenty times as long a break, up to
    /// <see cref="MaxInterval"/>. Default 1 s, 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Longest break between two forecasts, whatever the last one took, unless <see cref="Interval"/> is longer: one
    /// that the database kept waiting says nothing of the next. Default 10 s, 100 ms to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan MaxInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Lines that one worker is taken to run at once until a busy worker was measured. Default 64, 1 to 10,000, lines.
    /// </summary>
    [Range(1, 10_000)]
    public int LinesPerWorker { get; init; } = 64;

    /// <summary>
    /// Time that a line is taken to need until any was measured. Default 1 s, 1 ms to 1 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan LineTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Least spread of a forecast, as a part of it, however exact the measures are: what they do not tell is what is
    /// submitted next. Default 0.1, 0 to 10.
    /// </summary>
    [Range(0.0, 10.0)]
    public double LeastSpread { get; init; } = 0.1;

    /// <summary>
    /// The time in which the suggested number of workers would end all that waits, whatever its deadlines. Default 10
    /// min, 1 s to 30 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Batches in progress that are foretold and that the suggested number of workers counts, in the order of dispatch.
    /// Default 10,000, 1 to 100,000, batches.
    /// </summary>
    [Range(1, 100_000)]
    public int MaxBatches { get; init; } = 10_000;

    /// <summary>Most workers that are ever suggested. Default 100, 1 to 100,000, workers.</summary>
    [Range(1, 100_000)]
    public int MaxSuggestedWorkers { get; init; } = 100;

    /// <summary>Time between the end of a forecast that took <paramref name="took"/> and the next.</summary>
    public TimeSpan BreakAfter(TimeSpan took)
    {
        var pause = took * BreakFactor;
        var longest = MaxInterval > Interval ? MaxInterval : Interval;
        return pause < Interval ? Interval : pause > longest ? longest : pause;
    }
}
