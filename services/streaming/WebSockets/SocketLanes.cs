using Sluice.Streaming.Admission;
using Sluice.Streaming.Responses;

namespace Sluice.Streaming.WebSockets;

/// <summary>
/// The lanes of one socket that have work: they run side by side, the requests of a lane one after the other. Bounded
/// by <c>WebSocket:MaxLanes</c> and <c>WebSocket:MaxWaitingPerLane</c>, and what waits in bytes by
/// <c>Streaming:MaxBufferedRequestBytes</c>. Thread-safe.
/// </summary>
/// <param name="options">The bounds.</param>
/// <param name="active">What the waiting bytes are counted against.</param>
/// <param name="run">Runs a request to its end; must not throw.</param>
/// <param name="empty">Called when the last lane has ended; must not throw.</param>
internal sealed class SocketLanes(
    WebSocketOptions options, ActiveResponses active, Func<SocketCreate, Task> run, Action empty)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<SocketCreate>> _waiting = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    /// <summary>Takes no more when nothing runs; false when something does.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            _isClosed |= _waiting.Count == 0;
            return _isClosed;
        }
    }

    /// <summary>Takes no more, forgets what waits, and completes when what runs has ended.</summary>
    public Task EndAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (var lane in _waiting.Values)
            {
                active.ReturnBytes(lane.Sum(create => (long)create.Body.Length));
                lane.Clear();
            }

            if (_waiting.Count == 0)
            {
                _ended.TrySetResult();
            }
        }

        return _ended.Task;
    }

    /// <summary>Runs it now or after those of its lane; the refusal when a bound is reached.</summary>
    public Refusal? Add(SocketCreate create)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return null;
            }

            if (_waiting.TryGetValue(create.Lane, out var lane))
            {
                return Enqueue(lane, create);
            }

            if (_waiting.Count == options.MaxLanes)
            {
                return TooMany($"lanes have a running response (WebSocket:MaxLanes is {options.MaxLanes})");
            }

            _waiting.Add(create.Lane, new());
        }

        _ = RunAsync(create);
        return null;
    }

    private Refusal? Enqueue(Queue<SocketCreate> lane, SocketCreate create)
    {
        if (lane.Count == options.MaxWaitingPerLane)
        {
            return TooMany(
                $"requests wait in this lane (WebSocket:MaxWaitingPerLane is {options.MaxWaitingPerLane})");
        }

        if (!active.TryTakeBytes(create.Body.Length))
        {
            return Refusal.Of(RequestBody.Full());
        }

        lane.Enqueue(create);
        return null;
    }

    private async Task RunAsync(SocketCreate first)
    {
        for (var create = first; create is not null; create = Next(create.Lane))
        {
            await run(create);
        }
    }

    private SocketCreate? Next(string name)
    {
        bool isLast;
        lock (_lock)
        {
            if (_waiting[name].TryDequeue(out var next))
            {
                active.ReturnBytes(next.Body.Length);
                return next;
            }

            _waiting.Remove(name);
            isLast = _waiting.Count == 0;
            if (isLast && _isClosed)
            {
                _ended.TrySetResult();
            }
        }

        if (isLast)
        {
            empty();
        }

        return null;
    }

    private static Refusal TooMany(string what) =>
        Refusal.Unavailable($"Too many {what}; wait for one to end.", "too_many_requests_on_socket");
}
