using System.Collections.Concurrent;
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
    ILogger<GroupCommitter> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);

    /// <summary>For the commit in flight when the process ends; one that hangs is left to end with it.</summary>
    private static readonly TimeSpan LastCommit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<Response> _queue = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private bool _isDisposed;
    private long _stalledSince;

    /// <summary>Commits have been failing for longer than <c>Log:StallAfter</c>.</summary>
    public bool IsStalled => Volatile.Read(ref _stalledSince) is var since and not 0
        && time.GetElapsedTime(since) >= options.Value.StallAfter;

    /// <summary>To be called whenever <see cref="Response.Append"/> says so.</summary>
    public void Enqueue(Response response) => _queue.Add(response);

    /// <summary>
    /// A thread of its own and blocking calls: with thousands of tokens a second the threads that complete asynchronous
    /// calls are busy with sockets of providers and readers, and a commit of 1 ms took 7 (<c>bench stream</c>).
    /// </summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "log-committer" };
        _thread.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Called twice: the container knows it as itself and as a hosted service.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _stopping.Cancel();
        if (_thread?.Join(LastCommit) is not false)
        {
            _queue.Dispose();
            _stopping.Dispose();
        }
    }

    private void Run()
    {
        using var log = new LogCommit(dataSource);
        try
        {
            while (_queue.Take(_stopping.Token) is { } first)
            {
                foreach (var group in Collect(first).GroupBy(batch => batch.Response.Lease))
                {
                    Commit(log, group.Key, [.. group]);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what is not committed was not delivered either.
        }
        finally
        {
            _stopped.SetResult();
        }
    }

    private List<LogBatch> Collect(Response first)
    {
        var group = new List<LogBatch>();
        var bytes = 0L;
        var response = first;
        do
        {
            if (response.Take() is { } batch)
            {
                group.Add(batch);
                bytes += batch.Payload.Length;
            }
        }
        while (bytes < options.Value.MaxCommitBytes && _queue.TryTake(out response));
        return group;
    }

    private void Commit(LogCommit log, InstanceLease lease, List<LogBatch> group)
    {
        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            try
            {
                var started = time.GetTimestamp();
                var isOwner = log.Write(lease.Id, group);
                Volatile.Write(ref _stalledSince, 0);
                StreamingMetrics.Committed(group, time.GetElapsedTime(started));
                Settle(group, isOwner);
                return;
            }
            catch (PostgresException refused) when (IsRefusal(refused))
            {
                Split(log, lease, group, refused);
                return;
            }
            catch (Exception exception)
            {
                // Whatever it is, the same group is written again: nothing of it was delivered, and a commit that did
                // happen makes the repetition harmless.
                Stalled(exception);
            }

            Wait(delay);
        }
    }

    private void Settle(List<LogBatch> group, bool isOwner)
    {
        var waiting = new List<ReaderSignal>();
        foreach (var batch in group)
        {
            if (!isOwner)
            {
                batch.Response.Lose();
            }
            else if (batch.Response.Committed(batch, waiting))
            {
                Enqueue(batch.Response);
            }
        }

        ReaderSignal.Wake(waiting);
    }

    private void Wait(TimeSpan span)
    {
        _stopping.Token.WaitHandle.WaitOne(span);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    /// <summary>One response's data is not acceptable: it must not cost the others theirs.</summary>
    private void Split(LogCommit log, InstanceLease lease, List<LogBatch> group, PostgresException refused)
    {
        if (group.Count > 1)
        {
            group.ForEach(batch => Commit(log, lease, [batch]));
            return;
        }

        var one = group[0];
        Log.Refused(logger, one.Response.Key.Id, refused.SqlState, refused.MessageText);
        if (!one.Response.Ended.IsCompleted)
        {
            one.Response.Reject(Refusal.LogRefused);
            var end = one with { Count = 1, Payload = Refusal.LogRefused.Frame(), EndState = ResponseState.Failed };
            Commit(log, lease, [end]);
        }
    }

    private void Stalled(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _stalledSince, time.GetTimestamp(), 0) == 0)
        {
            Log.Stalled(logger, exception.Message);
        }
        else if (time.GetElapsedTime(_stalledSince) >= options.Value.CommitDeadline)
        {
            foreach (var response in responses.All)
            {
                response.Interrupt(Refusal.LogAway);
                response.Cancel(CancelReason.LogAway);
            }
        }
    }

    /// <summary>The data is at fault: not the server, a conflict, a lack of resources or the operator.</summary>
    private static bool IsRefusal(PostgresException exception) =>
        !DatabaseErrors.IsTransient(exception) && exception.SqlState[..2] is "22" or "23" or "54";

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The log cannot be written, trying again: {Reason}")]
        public static partial void Stalled(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "The database refuses what response {Response} produced ({State}): {Reason}")]
        public static partial void Refused(ILogger logger, Guid response, string state, string reason);
    }
}
