using System.Globalization;
using Sluice.Scheduler.Forecasts;
using Spectre.Console;

namespace Sluice.Bench.Schedule;

/// <summary>How good the forecasts of a simulation were.</summary>
internal sealed class ForecastReport
{
    private readonly IReadOnlyList<SimulatedBatch> _ended;
    private readonly IReadOnlyList<SimulatedBatch> _missed;
    private readonly IReadOnlyList<SimulatedBatch> _met;
    private readonly IReadOnlyList<double> _errors;

    public ForecastReport(IReadOnlyCollection<SimulatedBatch> batches)
    {
        var foretold = batches.Where(b => b.Forecasts.Count > 0).ToList();
        _ended = [.. foretold.Where(b => b.EndedAt is not null)];
        _missed = [.. foretold.Where(b => b.EndedAt is null)];
        _met = [.. _ended.Where(b => b.EndedAt <= b.Deadline)];
        _errors =
        [
            .. _ended.Where(b => b.EndedAt > b.Forecasts[0].MadeAt).Select(b =>
                (b.EndedAt!.Value - b.Forecasts[0].Said.Expected).Duration()
                / (b.EndedAt.Value - b.Forecasts[0].MadeAt)).Order(),
        ];
    }

    /// <summary>Of the first forecast of each batch, in parts of the time ahead.</summary>
    public double MedianError => _errors.Count == 0 ? double.NaN : _errors[_errors.Count / 2];

    /// <summary>Part of the batches that ended within the range of their first forecast.</summary>
    public double FirstWithin => Part(_ended.Count(b => IsWithin(b, b.Forecasts[0].Said)), _ended.Count);

    /// <summary>Part of all forecasts within whose range their batch ended.</summary>
    public double AllWithin => Part(
        _ended.Sum(b => b.Forecasts.Count(f => IsWithin(b, f.Said))), _ended.Sum(b => b.Forecasts.Count));

    /// <summary>Part of the batches that missed their deadline and were said to before.</summary>
    public double FlaggedBefore => Part(_missed.Count(b => FlaggedAt(b) < b.Deadline), _missed.Count);

    /// <summary>Part of the batches that met their deadline although once they were said to miss it.</summary>
    public double FlaggedInVain => Part(_met.Count(b => FlaggedAt(b) is not null), _met.Count);

    public Table ToTable()
    {
        var table = new Table().Title("Forecasts");
        table.AddColumns("figure", "value");
        table.AddRow("batches that ended", _ended.Count.ToString(CultureInfo.InvariantCulture));
        table.AddRow("median error of the first forecast, of the time ahead", Percent(MedianError));
        table.AddRow("p90", _errors.Count == 0 ? "-" : Percent(_errors[_errors.Count * 9 / 10]));
        table.AddRow("ended within the range of their first forecast (80 %)", Percent(FirstWithin));
        table.AddRow("the same of all forecasts, one a minute", Percent(AllWithin));
        table.AddRow("missed deadlines that were foretold", Percent(FlaggedBefore));
        table.AddRow("median time from that to the deadline, of the window", Percent(MedianWarning()));
        table.AddRow("deadlines met that were once at risk", Percent(FlaggedInVain));
        return table;
    }

    private double MedianWarning()
    {
        var warnings = _missed.Where(b => FlaggedAt(b) is not null)
            .Select(b => (b.Deadline - FlaggedAt(b)!.Value) / (b.Deadline - b.CreatedAt)).ToList();
        return warnings.Count == 0 ? double.NaN : Figures.Median(warnings);
    }

    private static DateTimeOffset? FlaggedAt(SimulatedBatch batch) =>
        batch.Forecasts.Where(f => f.Said.IsAtRisk).Select(f => (DateTimeOffset?)f.MadeAt).FirstOrDefault();

    private static bool IsWithin(SimulatedBatch batch, Forecast said) =>
        batch.EndedAt >= said.Earliest && batch.EndedAt <= said.Latest;

    private static double Part(int some, int all) => all == 0 ? double.NaN : (double)some / all;

    private static string Percent(double part) => part.ToString("P0", CultureInfo.InvariantCulture);
}
