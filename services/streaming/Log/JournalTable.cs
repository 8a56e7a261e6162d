using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Log;

/// <summary>Removes what an instance has no use for in its journal any more. Thread-safe.</summary>
internal sealed class JournalTable(NpgsqlDataSource dataSource)
{
    // Once fenced it is the taker's: responses that were lost here may have nothing else, and count no more.
    private const string Sql =
        $"""
         WITH me AS MATERIALIZED (
             SELECT 1 FROM {StreamingSchema.Name}.instances WHERE id = $1 AND NOT fenced FOR SHARE)
         DELETE FROM {StreamingSchema.Name}.response_journal
         WHERE instance = $1 AND no < $2 AND EXISTS (SELECT FROM me)
         """;

    /// <summary>
    /// Removes the rows of <paramref name="instance"/> with a number below <paramref name="before"/>; none when it is
    /// fenced.
    /// </summary>
    public async Task RemoveAsync(Guid instance, long before, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = before });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
