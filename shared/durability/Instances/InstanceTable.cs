using Npgsql;
using Sluice.Durability.Postgres;

namespace Sluice.Durability.Instances;

/// <summary>The statements on <c>instances</c>.</summary>
internal sealed class InstanceTable(NpgsqlDataSource dataSource, string schema)
{
    private const int FenceAttempts = 3;

    public async Task RegisterAsync(Guid id, string service, string address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"INSERT INTO {schema}.instances (id, service, address) VALUES ($1, $2, $3)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = service });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = address });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Moves the own counter and reads everybody's, in one round trip.</summary>
    public async Task<IReadOnlyList<InstanceRow>> RenewAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        var renew = batch.CreateBatchCommand();
        renew.CommandText = $"UPDATE {schema}.instances SET renewals = renewals + 1 WHERE id = $1 AND NOT fenced";
        renew.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        batch.BatchCommands.Add(renew);
        var read = batch.CreateBatchCommand();
        read.CommandText = $"SELECT id, renewals, fenced FROM {schema}.instances";
        batch.BatchCommands.Add(read);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = new List<InstanceRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new InstanceRow(reader.GetGuid(0), reader.GetInt64(1), reader.GetBoolean(2)));
        }

        return rows;
    }

    public async Task<bool> IsUnfencedAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT EXISTS (SELECT 1 FROM {schema}.instances WHERE id = $1 AND NOT fenced)");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// The update waits for every share lock on the row, that is for every commit in flight. A holder that sleeps is
    /// ended by <c>idle_in_transaction_session_timeout</c> (3 s), before the lock timeout (5 s) ends the wait.
    /// </summary>
    public async Task FenceAsync(Guid id, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var command = dataSource.CreateCommand(
                    $"UPDATE {schema}.instances SET fenced = true WHERE id = $1 AND NOT fenced");
                command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (PostgresException exception) when (DatabaseErrors.IsConflict(exception) && attempt < FenceAttempts)
            {
                // A holder was still committing: wait for it once more.
            }
        }
    }

    /// <summary>Marks the instance; true when one of <paramref name="alive"/> is neither fenced nor marked.</summary>
    public async Task<bool> DrainAsync(
        Guid id, IReadOnlyCollection<Guid> alive, CancellationToken cancellationToken)
    {
        await using var mark = dataSource.CreateCommand(
            $"UPDATE {schema}.instances SET draining = true WHERE id = $1");
        mark.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        await mark.ExecuteNonQueryAsync(cancellationToken);

        // Only after the mark is committed: two that drain at once must not both see the other without it.
        await using var look = dataSource.CreateCommand(
            $"SELECT EXISTS (SELECT FROM {schema}.instances WHERE id = ANY($1) AND NOT fenced AND NOT draining)");
        look.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. alive] });
        return (bool)(await look.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task DeleteAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"DELETE FROM {schema}.instances WHERE id = ANY($1) AND fenced");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
