using Microsoft.Extensions.Options;

namespace Sluice.Scheduler.Watching;

/// <summary>
/// Looks at one batch again and again for as long as somebody reads here; holds the last look alone, however many
/// readers there are and however slow. Thread-safe.
/// </summary>
internal sealed partial class ProgressFeed : IAsyncDisposable
{
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger<ProgressFeed> _logger;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _woken = NewSignal();
    private TaskCompletionSource<ProgressEvent> _next = NewEvent();
    private ProgressEvent? _last;
    private long _begun;
    private Task _loop = Task.CompletedTask;

    public ProgressFeed(
        Guid batchId, IServiceScopeFactory scopes, IOptions<WatchOptions> options, TimeProvider time,
        ILogger<ProgressFeed> logger)
    {
        BatchId = batchId;
        _scopes = scopes;
        _interval = options.Value.PollInterval;
        _time = time;
        _logger = logger;
    }

    public Guid BatchId { get; }

    /// <summary>Kept by <see cref="ProgressFeeds"/>, under its lock.</summary>
    public int Readers { get; set; }

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>
    /// Has the batch looked at now. Returns the number that only later looks exceed: what they see is not older than
    /// anything the caller was told before, by whichever scheduler.
    /// </summary>
    public long Wake()
    {
        lock (_lock)
        {
            _woken.TrySetResult();
            return _begun;
        }
    }

    /// <summary>The newest look after that number; null when none came in time.</summary>
    public async Task<ProgressEvent?> AfterAsync(long look, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (true)
            {
                Task<ProgressEvent> next;
                lock (_lock)
                {
                    if (_last?.Look > look)
                    {
                        return _last;
                    }

                    next = _next.Task;
                }

                await next.WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _loop;
        _ended.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static TaskCompletionSource<ProgressEvent> NewEvent() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        try
        {
            while (!_ended.IsCancellationRequested)
            {
                await LookAsync();
                await WaitAsync();
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // Nobody reads any more.
        }
    }

    private async Task LookAsync()
    {
        long look;
        lock (_lock)
        {
            _woken = NewSignal();
            look = ++_begun;
        }

        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            var seen = await scope.ServiceProvider.GetRequiredService<ProgressLook>()
                .RunAsync(BatchId, look, _ended.Token);
            lock (_lock)
            {
                _last = seen;
                _next.SetResult(seen);
                _next = NewEvent();
            }
        }
        catch (Exception e) when (!_ended.IsCancellationRequested)
        {
            // The feed outlives an outage of the database; its readers get heartbeats meanwhile.
            Log.Failed(_logger, Api.PublicId.Batch(BatchId), e);
        }
    }

    private async Task WaitAsync()
    {
        Task woken;
        lock (_lock)
        {
            woken = _woken.Task;
        }

        try
        {
            await woken.WaitAsync(_interval, _time, _ended.Token);
        }
        catch (TimeoutException)
        {
            // Time for the regular look.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A look at {Batch} failed; the next one tries again")]
        public static partial void Failed(ILogger logger, string batch, Exception failure);
    }
}
