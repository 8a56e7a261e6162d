using Microsoft.Extensions.Options;
using Sluice.Streaming.Telemetry;

namespace Sluice.Streaming.Admission;

/// <summary>
/// Where new requests wait for a place among the <see cref="ActiveResponses"/>: first come, first served, each until
/// its deadline, at most <c>Streaming:HighWaterMark</c> of <c>Streaming:QueueLength</c> of them. It holds no body and
/// no thread. Thread-safe: places, deadlines, clients that leave and the drain race for a waiting request, and whoever
/// takes it out of the list under the lock decides.
/// </summary>
internal sealed class AdmissionQueue
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource<AdmissionOutcome>> _waiting = new();
    private readonly ActiveResponses _active;
    private readonly WaterMarks _marks;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public AdmissionQueue(ActiveResponses active, IOptions<StreamingOptions> options, TimeProvider time)
    {
        (_active, _time, _timeout) = (active, time, options.Value.QueueTimeout);
        _marks = WaterMarks.Of(options.Value);
        active.WhenChanged(Serve);
    }

    /// <summary>Requests that wait now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>
    /// Asks for a place. Every <see cref="AdmissionOutcome.Admitted"/> needs one <see cref="ActiveResponses.Leave"/>;
    /// anything else is final.
    /// </summary>
    /// <param name="left">Cancelled when the client leaves; its place in the queue is free at once.</param>
    public async ValueTask<AdmissionOutcome> EnterAsync(CancellationToken left)
    {
        var (outcome, node) = TryEnter();
        if (node is not null)
        {
            outcome = await WaitAsync(node, left);
        }

        StreamingMetrics.Asked(outcome);
        return outcome;
    }

    private (AdmissionOutcome Outcome, LinkedListNode<TaskCompletionSource<AdmissionOutcome>>? Node) TryEnter()
    {
        lock (_lock)
        {
            // The drain is looked at under the lock: who is in the list when it begins is taken out by Serve.
            if (_active.IsClosed)
            {
                return (AdmissionOutcome.Draining, null);
            }

            if (_waiting.Count == 0 && _active.TryEnterNew())
            {
                return (AdmissionOutcome.Admitted, null);
            }

            if (_marks.IsShut)
            {
                return (AdmissionOutcome.Full, null);
            }

            // Continuations run elsewhere, never under the lock.
            var node = _waiting.AddLast(
                new TaskCompletionSource<AdmissionOutcome>(TaskCreationOptions.RunContinuationsAsynchronously));
            _marks.Set(_waiting.Count);
            return (default, node);
        }
    }

    private async Task<AdmissionOutcome> WaitAsync(
        LinkedListNode<TaskCompletionSource<AdmissionOutcome>> node, CancellationToken left)
    {
        var start = _time.GetTimestamp();
        StreamingMetrics.QueueJoined();
        await using var deadline = _time.CreateTimer(
            _ => End(node, AdmissionOutcome.TimedOut), null, _timeout, Timeout.InfiniteTimeSpan);
        using var leaving = left.UnsafeRegister(_ => End(node, AdmissionOutcome.Left), null);
        var outcome = await node.Value.Task;
        StreamingMetrics.QueueLeft(outcome, _time.GetElapsedTime(start));
        return outcome;
    }

    /// <summary>Gives free places to those who wait longest; ends all when the process drains.</summary>
    private void Serve()
    {
        lock (_lock)
        {
            while (_waiting.First is { } first)
            {
                var drains = _active.IsClosed;
                if (!drains && !_active.TryEnterNew())
                {
                    break;
                }

                TakeOut(first, drains ? AdmissionOutcome.Draining : AdmissionOutcome.Admitted);
            }
        }
    }

    private void End(LinkedListNode<TaskCompletionSource<AdmissionOutcome>> node, AdmissionOutcome outcome)
    {
        lock (_lock)
        {
            if (node.List is not null)
            {
                TakeOut(node, outcome);
            }
        }
    }

    private void TakeOut(LinkedListNode<TaskCompletionSource<AdmissionOutcome>> node, AdmissionOutcome outcome)
    {
        _waiting.Remove(node);
        _marks.Set(_waiting.Count);
        node.Value.SetResult(outcome);
    }
}
