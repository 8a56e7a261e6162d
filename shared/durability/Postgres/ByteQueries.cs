using Npgsql;

namespace Sluice.Durability.Postgres;

/// <summary>Queries for one value that may be large.</summary>
public static class ByteQueries
{
    /// <summary>
    /// The first column of the first row; null when there is no row, or SQL NULL in it. <c>ExecuteScalarAsync</c> would
    /// block its thread for what of the value has not come yet; here the whole row is awaited.
    /// </summary>
    /// <exception cref="NpgsqlException">The database refused the query or is not reachable.</exception>
    public static async Task<byte[]?> ReadBytesAsync(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? row.GetValue(0) as byte[] : null;
    }
}
