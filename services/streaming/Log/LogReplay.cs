using Npgsql;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>Reads what was committed of a response that is taken over. Thread-safe.</summary>
internal sealed class LogReplay(ResponseLog log, TimeProvider time)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>All events before <see cref="ResponseIdentity.Start"/>; waits for a database that is away.</summary>
    public Task<List<LogEvent>> ReadAsync(ResponseIdentity identity, CancellationToken cancellation) =>
        PersistAsync(() => TryReadAsync(identity, cancellation), cancellation);

    /// <summary>Reads until the database answers.</summary>
    public async Task<T> PersistAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return await read();
            }
            catch (NpgsqlException)
            {
                await Task.Delay(RetryDelay, time, cancellation);
            }
        }
    }

    private async Task<List<LogEvent>> TryReadAsync(ResponseIdentity identity, CancellationToken cancellation)
    {
        var events = new List<LogEvent>();
        while (events.Count < identity.Start)
        {
            foreach (var row in await log.ReadAsync(identity.Key, events.Count, cancellation))
            {
                events.AddRange(LogFormat.Read(row.Format, row.Payload));
            }
        }

        return events;
    }
}
