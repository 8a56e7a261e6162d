using System.Runtime.CompilerServices;
using Npgsql;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.Log;

/// <summary>
/// Reads what a response needs to go on that was taken over: page by page, and of no more than <c>Log:MaxReplays</c>
/// responses at a time. Thread-safe.
/// </summary>
internal sealed class LogReplay(ResponseLog log, LogBounds bounds) : IDisposable
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _places = new(bounds.Options.MaxReplays);

    public void Dispose() => _places.Dispose();

    /// <summary>Events that the log must have are not there.</summary>
    public static InvalidDataException Missing(ResponseKey key, long next) =>
        new($"The log of response {key.Id} has no event {next}, and is to have one.");

    /// <summary>All events before <see cref="ResponseIdentity.Start"/>; each is valid until the next one.</summary>
    /// <exception cref="ResponseRefusedException">As for <see cref="PersistAsync"/>.</exception>
    /// <exception cref="InvalidDataException">Some are missing.</exception>
    public async IAsyncEnumerable<LogEvent> ReadAsync(
        ResponseIdentity identity, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation);
        try
        {
            for (var next = 0L; next < identity.Start;)
            {
                var from = next;
                var page = await PersistAsync(() => log.ReadAsync(identity.Key, from, cancellation), cancellation);
                foreach (var row in page)
                {
                    if (row.Seq > next)
                    {
                        throw Missing(identity.Key, next);
                    }

                    foreach (var one in LogFormat.Read(row.Format, row.Payload).Skip((int)(next - row.Seq)))
                    {
                        yield return one;
                    }

                    next = row.Next;
                }

                if (next == from)
                {
                    throw Missing(identity.Key, next);
                }
            }
        }
        finally
        {
            _places.Release();
        }
    }

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
}
