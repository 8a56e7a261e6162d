using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Streaming.Data;

namespace Sluice.Streaming.Responses;

/// <summary>
/// Cancels responses, also those of other instances: their owner finds the wish in the database. Thread-safe.
/// </summary>
internal sealed class ResponseCancellation(
    NpgsqlDataSource dataSource, ResponseRegistry responses, IOptions<StreamingOptions> options)
{
    private const string RequestSql =
        $"""
         UPDATE {StreamingSchema.Name}.responses SET cancel_requested = true
         WHERE day = $1 AND id = $2 AND state = 'running'
         """;

    private const string FindSql =
        $"""
         SELECT id FROM {StreamingSchema.Name}.responses
         WHERE owner = $1 AND state = 'running' AND cancel_requested
         """;

    /// <summary>How long whoever cancels one waits for its end.</summary>
    public TimeSpan Patience => options.Value.CancelPatience;

    /// <summary>Cancels it here, and asks whoever owns it to; one that has ended stays as it is.</summary>
    public async Task RequestAsync(ResponseKey key, CancellationToken cancellation)
    {
        if (responses.TryFind(key, out var live))
        {
            live.Cancel(CancelReason.Requested);
        }

        // Also for one of this process: it may be handed over or lost before its end is committed.

        await using var command = dataSource.CreateCommand(RequestSql);
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = key.Day });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = key.Id });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Cancels what others have asked <paramref name="instance"/> to.</summary>
    public async Task RunAsync(Guid instance, CancellationToken cancellation)
    {
        await using var command = dataSource.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = instance });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            if (responses.TryFind(new ResponseKey(reader.GetGuid(0)), out var live))
            {
                live.Cancel(CancelReason.Requested);
            }
        }
    }
}
