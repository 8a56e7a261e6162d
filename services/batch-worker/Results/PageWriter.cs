using Sluice.BatchWorker.Lines;
using Sluice.BatchWorker.Shards;

namespace Sluice.BatchWorker.Results;

/// <summary>
/// Collects results of one shard in pages and commits them one after the other. Lines write into an open page while the
/// page before it commits; when both are full, they wait. So a shard buffers two pages, plus one line. Thread-safe.
/// </summary>
internal sealed class PageWriter(
    ShardRun run, int firstPage, WorkerOptions options, PageCommitter committer, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private PageBuffer _open = new();
    private PageBuffer _spare = new();
    private TaskCompletionSource _space = NewSignal();
    private long _openedAt;
    private int _nextPage = firstPage;
    private bool _completed;
    private bool _isWhole;
    private bool _ended;

    /// <summary>
    /// Adds a result; waits for space. After the end results are dropped: the table would refuse them.
    /// </summary>
    public async ValueTask AddAsync(LineOrigin origin, LineResult result)
    {
        while (true)
        {
            Task space;
            lock (_lock)
            {
                if (_ended)
                {
                    return;
                }

                if (!IsFull(_open))
                {
                    Add(origin, result);
                    return;
                }

                space = _space.Task;
            }

            await space;
        }
    }

    /// <summary>No more results will come.</summary>
    /// <param name="isWhole">Every line of the shard has a result: the next page is the last.</param>
    public void Complete(bool isWhole)
    {
        lock (_lock)
        {
            (_completed, _isWhole) = (true, isWhole);
            Wake();
        }
    }

    /// <summary>
    /// Commits pages until <see cref="Complete"/> or until one is refused, which aborts the lines. Called once.
    /// </summary>
    public async Task<PageEnd> RunAsync()
    {
        var end = PageEnd.Lost;
        try
        {
            end = await CommitPagesAsync();
            return end;
        }
        finally
        {
            if (end == PageEnd.Lost)
            {
                run.Abort();
            }

            lock (_lock)
            {
                _ended = true;
                _space.SetResult();
            }
        }
    }

    public void Dispose() => _wake.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Add(in LineOrigin origin, in LineResult result)
    {
        _open.Add(run.Key.BatchId, origin, result);
        if (_open.Lines == 1)
        {
            _openedAt = time.GetTimestamp();
            Wake();
        }
        else if (IsFull(_open))
        {
            Wake();
        }
    }

    private bool IsFull(PageBuffer page) => page.Lines >= options.PageLines || page.Bytes >= options.PageBytes;

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private async Task<PageEnd> CommitPagesAsync()
    {
        while (true)
        {
            await PageDueAsync();
            var (page, completed, isLast) = Swap();
            if ((page.Lines > 0 || isLast) && !await committer.CommitAsync(run, page, _nextPage++, isLast))
            {
                return PageEnd.Lost;
            }

            page.Clear();
            _spare = page;
            if (completed)
            {
                return isLast ? PageEnd.Done : PageEnd.Unfinished;
            }
        }
    }

    private async Task PageDueAsync()
    {
        while (true)
        {
            TimeSpan wait;
            lock (_lock)
            {
                if (_completed || IsFull(_open))
                {
                    return;
                }

                wait = _open.Lines == 0
                    ? Timeout.InfiniteTimeSpan
                    : options.PageInterval - time.GetElapsedTime(_openedAt);
            }

            if (wait != Timeout.InfiniteTimeSpan && wait <= TimeSpan.Zero)
            {
                return;
            }

            await _wake.WaitAsync(wait);
        }
    }

    private (PageBuffer Page, bool Completed, bool IsLast) Swap()
    {
        lock (_lock)
        {
            var page = _open;
            _open = _spare;
            _space.SetResult();
            _space = NewSignal();
            return (page, _completed, _completed && _isWhole);
        }
    }
}
