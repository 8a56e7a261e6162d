using Dapper;
using Npgsql;

namespace Sluice.BatchStore.Shards;

/// <summary>Calls that providers refused with 429, by shard: what tells that a batch is slow for that reason.</summary>
public static class LimitedCalls
{
    /// <summary>
    /// Adds calls to running shards, in one statement. A row that is locked at the moment, or whose shard has another
    /// epoch by now, is left out: the figure is not exact. Needs no guard: nothing is decided by it.
    /// </summary>
    public static Task AddAsync(
        NpgsqlConnection connection, IReadOnlyCollection<KeyValuePair<ShardLease, int>> calls,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.ExecuteAsync(new(
            $"""
             WITH picked AS (
                 SELECT s.batch_id, s.no, c.calls
                 FROM unnest(@batches, @nos, @epochs, @calls) AS c (batch_id, no, epoch, calls)
                 JOIN {BatchStoreSchema.Name}.shards s
                   ON s.batch_id = c.batch_id AND s.no = c.no AND s.epoch = c.epoch AND s.state = 2
                 ORDER BY s.batch_id, s.no FOR UPDATE OF s SKIP LOCKED)
             UPDATE {BatchStoreSchema.Name}.shards s
             SET limited_calls = limited_calls + p.calls, limited_at = clock_timestamp()
             FROM picked p WHERE s.batch_id = p.batch_id AND s.no = p.no
             """,
            new
            {
                batches = calls.Select(c => c.Key.Key.BatchId).ToArray(),
                nos = calls.Select(c => c.Key.Key.No).ToArray(),
                epochs = calls.Select(c => c.Key.Epoch).ToArray(),
                calls = calls.Select(c => c.Value).ToArray(),
            },
            cancellationToken: cancellationToken));
    }
}
