using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Measures;

/// <summary>
/// What the workers measure, all of them together: one row each for what is worth a forecast. Every method is one
/// statement.
/// </summary>
public static class MeasureTable
{
    private const string Table = BatchStoreSchema.Name + ".measures";

    /// <summary>The time after which a sample counts half.</summary>
    public static TimeSpan HalfLife { get; } = TimeSpan.FromMinutes(10);

    /// <summary>Adds samples to what was measured before. Rows are locked in the order of their keys.</summary>
    public static Task AddAsync(
        NpgsqlConnection connection, IReadOnlyCollection<KeyValuePair<MeasureKey, Measure>> samples,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.ExecuteAsync(new(
            $"""
             INSERT INTO {Table} AS m (kind, name, weight, total, squares, measured_at)
             SELECT s.*, clock_timestamp() FROM unnest(@kinds, @names, @weights, @totals, @squares)
                 AS s (kind, name, weight, total, squares) ORDER BY kind, name
             ON CONFLICT (kind, name) DO UPDATE SET (weight, total, squares, measured_at) = (
                 SELECT m.weight * d + excluded.weight, m.total * d + excluded.total,
                        m.squares * d + excluded.squares, excluded.measured_at
                 FROM power(0.5::float8, greatest(extract(epoch FROM excluded.measured_at - m.measured_at)::float8, 0)
                     / @halfLife) AS d)
             """,
            new
            {
                kinds = samples.Select(s => (short)s.Key.Kind).ToArray(),
                names = samples.Select(s => s.Key.Name).ToArray(),
                weights = samples.Select(s => s.Value.Weight).ToArray(),
                totals = samples.Select(s => s.Value.Total).ToArray(),
                squares = samples.Select(s => s.Value.Squares).ToArray(),
                halfLife = HalfLife.TotalSeconds,
            },
            cancellationToken: cancellationToken));
    }

    public static async Task<IReadOnlyDictionary<MeasureKey, Measure>> ReadAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(short Kind, string Name, double Weight, double Total, double Squares)>(new(
            $"SELECT kind, name, weight, total, squares FROM {Table}", cancellationToken: cancellationToken)))
            .ToDictionary(
                row => new MeasureKey((MeasureKind)row.Kind, row.Name),
                row => new Measure(row.Weight, row.Total, row.Squares));
}
