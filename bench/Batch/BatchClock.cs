using Npgsql;

namespace Sluice.Bench.Batch;

/// <summary>Asks the database what the API does not tell, or only in whole seconds.</summary>
internal sealed class BatchClock(Uri postgres) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _dataSource = Create(postgres);

    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    /// <summary>How long ago the last shard of a batch ended.</summary>
    public async Task<TimeSpan> SinceLastShardAsync(string batchId, CancellationToken cancellationToken)
    {
        await using var command = _dataSource.CreateCommand(
            """
            SELECT clock_timestamp() - max(changed_at) FROM scheduler.shards WHERE batch_id = $1 AND state = 3
            """);
        command.Parameters.Add(new() { Value = Guid.ParseExact(batchId["batch_".Length..], "N") });
        return (TimeSpan)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Whether a batch is in progress that has lines left.</summary>
    public async Task<bool> IsAnyRunningAsync(CancellationToken cancellationToken)
    {
        await using var command = _dataSource.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM scheduler.batches b WHERE current_state = 'InProgress' AND EXISTS (
                SELECT FROM scheduler.shards s WHERE s.batch_id = b.id AND s.state < 3))
            """);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static NpgsqlDataSource Create(Uri uri)
    {
        var user = uri.UserInfo.Split(':');
        return NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port,
            Database = uri.AbsolutePath.Trim('/'),
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        });
    }
}
