using Npgsql;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>Reads what a response needs to go on that was taken over. Thread-safe.</summary>
internal sealed class LogReplay(ResponseLog log, LogBounds bounds)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>All events before <see cref="ResponseIdentity.Start"/>.</summary>
    /// <exception cref="ResponseRefusedException">As for <see cref="PersistAsync"/>.</exception>
    public Task<List<LogEvent>> ReadAsync(ResponseIdentity identity, CancellationToken cancellation) =>
        PersistAsync(() => TryReadAsync(identity, cancellation), cancellation);

    /// <summary>
    /// Tries again while the database is away or memory is short, at most for <c>Log:CommitDeadline</c>, as a running
    /// response may wait for a commit.
    /// </summary>
    /// <exception cref="ResponseRefusedException">The time is over, or the read refuses for good.</exception>
    public async Task<T> PersistAsync<T>(Func<Task<T>> read, CancellationToken cancellation)
    {
        var began = bounds.Time.GetTimestamp();
        while (true)
        {
            try
            {
                return await read();
            }
            catch (Exception exception) when (MayPass(exception))
            {
                if (bounds.Time.GetElapsedTime(began) >= bounds.Options.CommitDeadline)
                {
                    throw exception as ResponseRefusedException ?? new ResponseRefusedException(Refusal.LogAway);
                }

                await Task.Delay(RetryDelay, bounds.Time, cancellation);
            }
        }
    }

    private static bool MayPass(Exception exception) => exception is NpgsqlException
        || (exception is ResponseRefusedException refused && refused.Refusal == Refusal.MemoryFull);

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
