using Sluice.BatchStore.Lines;
using Sluice.BatchStore.Shards;
using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Results;

namespace Sluice.BatchWorker.Shards;

/// <summary>
/// The lines of one shard that are in hand: bounded in number here, and in bytes over the process. One caller starts
/// lines; they finish on any thread.
/// </summary>
internal sealed class ShardLines(
    ShardRun run, PageWriter writer, LineRunner runner, ByteBudget budget, int maxInHand) : IDisposable
{
    private readonly SemaphoreSlim _inHand = new(maxInHand);
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<ShardSplit> _notBegun = [];

    // One more than the lines in hand, and than those of them that have not begun, as long as new ones may start.
    private int _open = 1;
    private int _waiting = 1;
    private long _lastBegun;
    private volatile bool _isUnfinished;

    /// <summary>Whether a line that had begun ended without a result.</summary>
    public bool IsUnfinished => _isUnfinished;

    /// <summary>
    /// Takes a line in hand and starts it; waits until there is room for it. False, and the line not started, when the
    /// shard's slice is over.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="before">The cut before it.</param>
    public async ValueTask<bool> StartAsync(InputLine line, ShardSplit before)
    {
        if (run.Sliced.IsCancellationRequested || !await TakeAsync(line))
        {
            lock (_lock)
            {
                _notBegun.Add(before);
            }

            return false;
        }

        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _waiting);
        _ = RunAsync(line, before);
        return true;
    }

    /// <summary>
    /// Waits until each line in hand has begun, or has come back because the slice is over; none is started any more.
    /// </summary>
    /// <returns>
    /// The cuts before those that have not begun, in order, and the last line that has, which may be behind some of
    /// them: others' providers had places.
    /// </returns>
    public async Task<(IReadOnlyList<ShardSplit> NotBegun, long LastBegun)> SettleAsync()
    {
        Settle();
        await _settled.Task;
        lock (_lock)
        {
            return ([.. _notBegun.OrderBy(cut => cut.NextLine)], _lastBegun);
        }
    }

    /// <summary>Waits for the lines in hand; none is started any more.</summary>
    public Task FinishAsync()
    {
        Leave();
        return _idle.Task;
    }

    public void Dispose() => _inHand.Dispose();

    private async ValueTask<bool> TakeAsync(InputLine line)
    {
        var isIn = false;
        try
        {
            await _inHand.WaitAsync(run.Sliced);
            isIn = true;
            await budget.TakeAsync(line.Bytes.Length, run.Sliced);
            return true;
        }
        catch (OperationCanceledException)
        {
            if (isIn)
            {
                _inHand.Release();
            }

            return false;
        }
    }

    private async Task RunAsync(InputLine line, ShardSplit before)
    {
        var inHand = new LineInHand(line.Number, Begun);
        var hasResult = false;
        try
        {
            // A line that is no object has no body, which the runner refuses.
            _ = BatchRequest.TryParse(line.Bytes, out var request);
            if (await runner.RunAsync(run, inHand, request) is { } result)
            {
                // One that is refused has a result and made no call.
                inHand.Begin();
                await writer.AddAsync(LineOrigin.Of(line, request), result);
                hasResult = true;
            }
        }
        finally
        {
            if (inHand.HasBegun)
            {
                _isUnfinished |= !hasResult;
            }
            else
            {
                CameBack(before);
            }

            budget.Return(line.Bytes.Length);
            _inHand.Release();
            Leave();
        }
    }

    private void Begun(long line)
    {
        lock (_lock)
        {
            _lastBegun = Math.Max(_lastBegun, line);
        }

        Settle();
    }

    private void CameBack(ShardSplit before)
    {
        lock (_lock)
        {
            _notBegun.Add(before);
        }

        Settle();
    }

    private void Settle()
    {
        if (Interlocked.Decrement(ref _waiting) == 0)
        {
            _settled.SetResult();
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _idle.SetResult();
        }
    }
}
