using Sluice.BatchStore.Lines;
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

    // One more than the lines in hand as long as new ones may start.
    private int _open = 1;
    private volatile bool _isUnfinished;

    /// <summary>Whether a line ended without a result.</summary>
    public bool IsUnfinished => _isUnfinished;

    /// <summary>
    /// Takes a line in hand and starts it; waits until there is room for it. False, and the line not started, when the
    /// shard's slice is over.
    /// </summary>
    public async ValueTask<bool> StartAsync(InputLine line)
    {
        if (run.Sliced.IsCancellationRequested || !await TakeAsync(line))
        {
            return false;
        }

        Interlocked.Increment(ref _open);
        _ = RunAsync(line);
        return true;
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

    private async Task RunAsync(InputLine line)
    {
        var hasResult = false;
        try
        {
            // A line that is no object has no body, which the runner refuses.
            _ = BatchRequest.TryParse(line.Bytes, out var request);
            if (await runner.RunAsync(run, line.Number, request) is { } result)
            {
                await writer.AddAsync(LineOrigin.Of(line, request), result);
                hasResult = true;
            }
        }
        finally
        {
            _isUnfinished |= !hasResult;
            budget.Return(line.Bytes.Length);
            _inHand.Release();
            Leave();
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
