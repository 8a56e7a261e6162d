using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Durability.Instances;
using Sluice.Durability.Postgres;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Log;

/// <summary>
/// Commits what the running responses of this process produce: whatever has come since the last commit goes in as one
/// group, and the next begins as soon as the last is done, so that a slow disk makes groups larger, not queues longer.
/// <see cref="Enqueue"/> is thread-safe; a response is in the queue at most once, so its length is bounded by them.
/// </summary>
internal sealed partial class GroupCommitter(
    NpgsqlDataSource dataSource,
    ResponseRegistry responses,
    IOptions<LogOptions> options,
    TimeProvider time,
    ILogger<GroupCommitter> logger) : BackgroundService
{
    private const int Parts = 8;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private readonly Channel<Response> _queue = Channel.CreateUnbounded<Response>(new() { SingleReader = true });

    /// <summary>The committing loop's own, used again for each commit.</summary>
    private readonly List<LogBatch> _collected = [];
    private readonly List<ReaderSignal> _waiting = [];

    /// <summary>When the first attempt began since which none has succeeded; 0 while none waits.</summary>
    private long _waitingSince;
    private long _committed;
    private long _no;
    private long _settled;

    /// <summary>A commit has waited or failed for longer than <c>Log:StallAfter</c>.</summary>
    public bool IsStalled => Volatile.Read(ref _waitingSince) is var since and not 0
        && time.GetElapsedTime(since) >= options.Value.StallAfter;

    /// <summary>Time since the last commit; null before the first.</summary>
    public TimeSpan? SinceCommitted =>
        Volatile.Read(ref _committed) is var committed and not 0 ? time.GetElapsedTime(committed) : null;

    /// <summary>To be called whenever <see cref="Response.Append"/> says so.</summary>
    public void Enqueue(Response response) => _queue.Writer.TryWrite(response);

    /// <summary>Rows of the journal before this number hold nothing that is not in the rows of responses.</summary>
    public long WrittenBefore()
    {
        // First what is settled: a response that got something into the journal by then says so. What comes later has
        // larger numbers.
        var settled = Volatile.Read(ref _settled);
        return responses.All.Min(response => response.JournaledSince) is { } since && since <= settled
            ? since
            : settled + 1;
    }

    /// <summary>Waits until all that was appended is in rows, which other instances see; for the runner.</summary>
    public Task WriteRowsAsync(Response response)
    {
        if (response.WantRow())
        {
            Enqueue(response);
        }

        return response.WaitForRowsAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(CommitAsync(stoppingToken), WantRowsAsync(stoppingToken), WatchAsync(stoppingToken));

    private async Task CommitAsync(CancellationToken stoppingToken)
    {
        await using var log = new LogCommit(dataSource);
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken))
            {
                foreach (var (lease, group) in ByLease(Collect()))
                {
                    await CommitAsync(log, lease, group, stoppingToken);
                }

                // The next commit may be hours away: until then nothing holds responses that have ended.
                _collected.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; what is not committed was not delivered either.
        }
    }

    /// <summary>Asks for the rows of one part of the responses after the other: not for all at once.</summary>
    private async Task WantRowsAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RowInterval / Parts, time);
        for (var part = 0; await timer.WaitForNextTickAsync(stoppingToken); part = (part + 1) % Parts)
        {
            foreach (var response in responses.All)
            {
                if ((uint)response.Key.GetHashCode() % Parts == part && response.WantRow())
                {
                    Enqueue(response);
                }
            }
        }
    }

    /// <summary>
    /// Ends what runs when a commit has waited too long. Apart from the attempts: one can last seconds longer than it
    /// may, because a query of a silent server blocks whoever cancels it (Npgsql). In steps, because the time for which
    /// the process was frozen is not the database's.
    /// </summary>
    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        for (var (since, steps) = (0L, 0); ;)
        {
            await Task.Delay(options.Value.CommitDeadline / Parts, time, stoppingToken);
            var waiting = Volatile.Read(ref _waitingSince);
            (since, steps) = (waiting, waiting != 0 && waiting == since ? steps + 1 : 0);
            if (steps == Parts)
            {
                Log.TooLate(logger, options.Value.CommitDeadline);
            }

            if (steps >= Parts)
            {
                End(waiting);
            }
        }
    }

    private void End(long waiting)
    {
        foreach (var response in responses.All.Where(response => response.IsLogged))
        {
            if (Volatile.Read(ref _waitingSince) != waiting)
            {
                // It was committed at this very moment.
                return;
            }

            response.Interrupt(Refusal.LogAway);
            response.Cancel(CancelReason.LogAway);
        }
    }

    private List<LogBatch> Collect()
    {
        var bytes = 0L;
        while (bytes < options.Value.MaxCommitBytes && _queue.Reader.TryRead(out var response))
        {
            if (response.Take() is { } batch)
            {
                _collected.Add(batch);
                bytes += (batch.Row?.Payload ?? batch.Payload).Length
                    + (batch.IsFirst ? response.Identity.Request.Length : 0);
            }
        }

        return _collected;
    }

    /// <summary>One lease owns all but for the moment after it was lost.</summary>
    private static IEnumerable<(InstanceLease Lease, List<LogBatch> Group)> ByLease(List<LogBatch> group) =>
        group.TrueForAll(batch => batch.Response.Lease == group[0].Response.Lease)
            ? group.Take(1).Select(first => (first.Response.Lease, group))
            : group.GroupBy(batch => batch.Response.Lease, (lease, batches) => (lease, batches.ToList()));

    private async Task CommitAsync(
        LogCommit log, InstanceLease lease, List<LogBatch> group, CancellationToken stopping)
    {
        // Each group has a number of its own, also one that was split: it may be in the journal under the first one.
        var no = ++_no;
        var started = time.GetTimestamp();
        if (_waitingSince == 0)
        {
            // The parts of a group that was too much for one attempt wait as long as it has.
            Volatile.Write(ref _waitingSince, started);
        }

        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            try
            {
                var isOwner = await TryAsync(log, lease, no, group);
                Volatile.Write(ref _waitingSince, 0);
                Volatile.Write(ref _committed, time.GetTimestamp());
                StreamingMetrics.Committed(group, time.GetElapsedTime(started));
                Settle(group, no, isOwner);
                return;
            }
            catch (PostgresException refused) when (IsRefusal(refused))
            {
                Volatile.Write(ref _waitingSince, 0);
                await SplitAsync(log, lease, group, refused, stopping);
                return;
            }
            catch (OperationCanceledException exception) when (!stopping.IsCancellationRequested && group.Count > 1)
            {
                // It may be too much for one attempt, and then it always will be.
                Log.Failed(logger, exception.Message);
                await CommitAsync(log, lease, group[..(group.Count / 2)], stopping);
                await CommitAsync(log, lease, group[(group.Count / 2)..], stopping);
                return;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                // Whatever it is, the same group is written again: nothing of it was delivered, and a commit that did
                // happen makes the repetition harmless.
                if (delay == FirstDelay)
                {
                    Log.Failed(logger, exception.Message);
                }
            }

            await Task.Delay(delay, time, stopping);
        }
    }

    /// <summary>
    /// One attempt, bounded in time: a server that is silent is as good as none. The host's stop does not cancel it: a
    /// query that is cancelled at the moment at which its connection breaks throws into whoever cancels (Npgsql).
    /// </summary>
    private async Task<bool> TryAsync(LogCommit log, InstanceLease lease, long no, List<LogBatch> group)
    {
        using var timeout = new CancellationTokenSource(options.Value.CommitTimeout, time);
        return await log.WriteAsync(lease.Id, no, group, timeout.Token);
    }

    private void Settle(List<LogBatch> group, long no, bool isOwner)
    {
        foreach (var batch in group)
        {
            if (!isOwner)
            {
                batch.Response.Lose();
            }
            else if (batch.Response.Committed(batch, no, _waiting))
            {
                Enqueue(batch.Response);
            }
        }

        Volatile.Write(ref _settled, no);
        ReaderSignal.Wake(_waiting);
        _waiting.Clear();
    }

    /// <summary>One response's data is not acceptable: it must not cost the others theirs.</summary>
    private async Task SplitAsync(
        LogCommit log,
        InstanceLease lease,
        List<LogBatch> group,
        PostgresException refused,
        CancellationToken stopping)
    {
        if (group.Count > 1)
        {
            foreach (var batch in group)
            {
                await CommitAsync(log, lease, [batch], stopping);
            }

            return;
        }

        var one = group[0];
        Log.Refused(logger, one.Response.Key.Id, refused.SqlState, refused.MessageText);
        if (!one.Response.Ended.IsCompleted)
        {
            await CommitAsync(log, lease, [one.Response.Reject(one, Refusal.LogRefused)], stopping);
        }
        else if (one.Row is { Count: > 1 } row)
        {
            // What the journal has taken is not acceptable as a row: the end alone is.
            var end = one with { Row = row with { Count = 1, Payload = one.Payload } };
            await CommitAsync(log, lease, [end], stopping);
        }
    }

    /// <summary>The data is at fault: not the server, a conflict, a lack of resources or the operator.</summary>
    private static bool IsRefusal(PostgresException exception) =>
        !DatabaseErrors.IsTransient(exception) && exception.SqlState[..2] is "22" or "23" or "54";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The log cannot be written, trying again: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "The database refuses what response {Response} produced ({State}): {Reason}")]
        public static partial void Refused(ILogger logger, Guid response, string state, string reason);

        [LoggerMessage(3, LogLevel.Error, "The log could not be written for {Deadline}: running responses are ended")]
        public static partial void TooLate(ILogger logger, TimeSpan deadline);
    }
}
