namespace Sluice.Inference.OpenAiCompatible;

/// <summary>
/// A deadline that is set anew with every chunk. Setting a timer costs more than a chunk does, so it is moved at most
/// every 250 ms and lies up to that much later. For one call, one thread at a time.
/// </summary>
internal sealed class Deadline(CancellationToken caller) : IDisposable
{
    private const int SlackMs = 250;

    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
    private long _movedAtMs;

    public CancellationToken Token => _source.Token;

    /// <summary>The deadline passed, and the caller did not cancel.</summary>
    public bool HasPassed => _source.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>What the deadline bounds now, for the failure's text.</summary>
    public string Waiting { get; private set; } = "";

    public void Set(TimeSpan span, string waiting)
    {
        Waiting = waiting;
        _movedAtMs = Environment.TickCount64;
        _source.CancelAfter(span);
    }

    /// <summary>Moves a gap's deadline on.</summary>
    public void Move(TimeSpan gap)
    {
        var now = Environment.TickCount64;
        if (now - _movedAtMs >= SlackMs)
        {
            _movedAtMs = now;
            _source.CancelAfter(gap + TimeSpan.FromMilliseconds(SlackMs));
        }
    }

    public void Dispose() => _source.Dispose();
}
