using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Streaming.Data;
using Sluice.Streaming.Log;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Ends what instances that died have left: fence the instance, claim its responses, and only then read where each log
/// ends and write the error event there. Readers then have an end and not a wait.
/// </summary>
internal sealed class Takeover(NpgsqlDataSource dataSource, IInstances instances)
{
    // One that has no owner's row any more was fenced and deleted long ago.
    private const string OwnersSql =
        $"""
         SELECT DISTINCT owner FROM {StreamingSchema.Name}.responses r WHERE state = 'running'
         AND (owner = ANY($1) OR NOT EXISTS (SELECT FROM {StreamingSchema.Name}.instances i WHERE i.id = r.owner))
         """;

    private const string EndSql =
        $"""
         WITH me AS MATERIALIZED (
             SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE),
         claimed AS (
             SELECT day, id, coalesce((
                 SELECT e.seq + e.count FROM {StreamingSchema.Name}.response_events e
                 WHERE e.day = r.day AND e.response_id = r.id ORDER BY e.seq DESC LIMIT 1), 0) AS next
             FROM {StreamingSchema.Name}.responses r
             WHERE state = 'running' AND owner = $2 AND EXISTS (SELECT FROM me)
             LIMIT $5 FOR UPDATE SKIP LOCKED),
         written AS (
             INSERT INTO {StreamingSchema.Name}.response_events (day, response_id, seq, count, format, payload)
             SELECT day, id, next, 1, $3, $4 FROM claimed)
         UPDATE {StreamingSchema.Name}.responses r
         SET owner = $1, epoch = epoch + 1, state = 'failed', events = c.next + 1, ended_at = now()
         FROM claimed c WHERE r.day = c.day AND r.id = c.id
         """;

    private const int ResponsesAtOnce = 500;

    /// <summary>Ends the responses of the instances among <paramref name="dead"/> and returns their number.</summary>
    public async Task<int> RunAsync(IReadOnlyCollection<Guid> dead, CancellationToken cancellation)
    {
        var total = 0;
        foreach (var owner in await OwnersAsync(dead, cancellation))
        {
            await instances.FenceAsync(owner, cancellation);
            int ended;
            do
            {
                ended = await EndAsync(owner, cancellation);
                total += ended;
            }
            while (ended == ResponsesAtOnce);
        }

        StreamingMetrics.ResponsesTakenOver(total);
        return total;
    }

    private async Task<List<Guid>> OwnersAsync(IReadOnlyCollection<Guid> dead, CancellationToken cancellation)
    {
        var owners = new List<Guid>();
        await using var command = dataSource.CreateCommand(OwnersSql);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. dead] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            owners.Add(reader.GetGuid(0));
        }

        return owners;
    }

    private async Task<int> EndAsync(Guid owner, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(EndSql);
        var batch = Refusal.Interrupted.Frame();
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instances.Current.Id });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = owner });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = LogFormat.Version });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = batch });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = ResponsesAtOnce });
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
